using System.Security.Cryptography;

namespace Qvmc.Images.Fetching;

/// <summary>
/// The bytes of a fetch that came so far, with what is known of where they are from and, when there will be something to
/// compare it with, their checksum.
/// </summary>
internal sealed class PullFile : IAsyncDisposable
{
    private readonly IncrementalHash? _hash;
    private readonly Checksum? _expected;
    private readonly TimeSpan _recordEvery;
    private readonly TimeProvider _time;
    private long _recorded;

    private PullFile(PartialFile bytes, Checksum? expected, TimeSpan recordEvery, TimeProvider time)
    {
        (Bytes, _expected, _recordEvery, _time) = (bytes, expected, recordEvery, time);
        _hash = expected is { } checksum ? IncrementalHash.CreateHash(checksum.Algorithm) : null;
        _recorded = time.GetTimestamp();
        Source = RemoteFile.Read(bytes.Note);
        if (Source is null || Source.Checksum != expected)
        {
            Restart();
        }

        Reached = Length;
    }

    internal PartialFile Bytes { get; }

    /// <summary>What the bytes are from; null: there are none.</summary>
    internal RemoteFile? Source { get; private set; }

    internal long Length => Bytes.Length;

    internal long? Total => Source?.Total;

    /// <summary>The most bytes there ever were: only beyond them is progress, however often the file begins anew.</summary>
    internal long Reached { get; private set; }

    /// <summary>There are as many bytes as the source said.</summary>
    internal bool IsWhole => Length > 0 && Length == Total;

    /// <summary>Goes on with what an earlier fetch left, if it wanted the same; those bytes are read through.</summary>
    internal static async Task<PullFile> OpenAsync(string path, Checksum? expected, TimeSpan recordEvery, TimeProvider time, CancellationToken ct)
    {
        var bytes = PartialFile.Open(path);
        PullFile? file = null;
        try
        {
            file = new PullFile(bytes, expected, recordEvery, time);
            await file.SumUpAsync(ct);
            return file;
        }
        catch
        {
            file?._hash?.Dispose();
            await bytes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where to go on from a source; null: at the beginning.</summary>
    internal ResumePoint? ResumeAt(Uri url) =>
        Length > 0 && !IsWhole && Source is { } source && (_expected is not null || source.CanBeToldBy(url))
            ? new ResumePoint(Length, source, Checked: _expected is not null)
            : null;

    /// <summary>The bytes that come now are from here, from <paramref name="start"/> on: the beginning, or where we are.</summary>
    internal void Expect(long start, RemoteFile source)
    {
        if (start == 0)
        {
            Restart();
        }

        // Written down before the first byte: what is there is never taken for something else.
        source = source with { Checksum = _expected };
        if (source != Source)
        {
            Bytes.SetNote(source.Write());
            Source = source;
        }

        Bytes.ExpectedLength = source.Total;
    }

    internal async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        await Bytes.AppendAsync(bytes, ct);
        _hash?.AppendData(bytes.Span);
        Reached = Math.Max(Reached, Length);
        if (_time.GetElapsedTime(_recorded) >= _recordEvery)
        {
            await Bytes.FlushAsync(ct);
            _recorded = _time.GetTimestamp();
        }
    }

    /// <summary>The checksum of what is there; null when there is nothing to compare it with.</summary>
    internal Checksum? Sum() => _hash is null ? null : Checksum.Of(_hash.AlgorithmName, _hash.GetCurrentHash());

    internal void Restart()
    {
        if (Length > 0)
        {
            Bytes.Restart();
        }

        _hash?.GetHashAndReset();
        Source = null;
    }

    public async ValueTask DisposeAsync()
    {
        _hash?.Dispose();
        await Bytes.DisposeAsync();
    }

    private async Task SumUpAsync(CancellationToken ct)
    {
        var chunk = new byte[1 << 20];
        for (var position = 0L; _hash is not null && position < Length;)
        {
            var count = await RandomAccess.ReadAsync(Bytes.Handle, chunk.AsMemory(0, (int)Math.Min(chunk.Length, Length - position)), position, ct);
            _hash.AppendData(chunk, 0, count);
            position += count > 0 ? count : throw new IOException($"{Bytes.Path} was cut off by somebody else");
        }
    }
}
