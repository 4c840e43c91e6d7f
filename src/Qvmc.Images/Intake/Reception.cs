using Qvmc.Core.Faults;
using Qvmc.Images.Formats;

namespace Qvmc.Images.Intake;

/// <summary>
/// The way of an image's bytes from whoever has them to a file: summed and decompressed as they come; and made qcow2, if
/// they begin as a raw disk does.
/// </summary>
internal sealed class Reception(ImageExpectation expectation, ImageStoreLimits limits, TimeProvider time)
{
    private const int ChunkBytes = 4 * Qcow2Writer.ClusterBytes;

    /// <summary>Takes everything.</summary>
    /// <exception cref="FaultException">It is not what was announced, is too large, or can't be decompressed.</exception>
    /// <exception cref="NoRoomException">The disk is full.</exception>
    internal async Task<Arrival> ReceiveAsync(Stream stream, IncomingFile file, CancellationToken ct)
    {
        using var source = new SourceBytes(stream, expectation, limits);
        byte[][] buffers = [new byte[ChunkBytes], new byte[ChunkBytes]];
        var bytes = await source.ReadAsync(buffers[0], ct);
        if (Compression.Of(bytes.Span) is { } compression)
        {
            source.Transform();
            return await DecompressAsync(compression, bytes, source, file, ct);
        }

        CheckHead(bytes);
        var raw = RawDiskOf(bytes, file);
        if (raw is not null)
        {
            source.Transform();
        }

        for (var turn = 1; bytes.Length > 0; turn ^= 1)
        {
            // The next ones are read, and these summed, while these are written.
            var zeros = raw is null ? 0 : source.SkipZeros(Qcow2Writer.ClusterBytes);
            var writing = (raw?.AppendAsync(bytes, ct) ?? file.AppendAsync(bytes, ct)).AsTask();
            var coming = source.ReadAsync(buffers[turn], ct).AsTask();
            await Task.WhenAll(writing, coming);
            if (zeros > 0)
            {
                await raw!.SkipAsync(zeros, ct);
            }

            bytes = await coming;
        }

        var sums = source.End();
        return await EndAsync(sums?.Checksum, raw, file, () => sums!.Value.Digest, ct);
    }

    /// <summary>The same for a file that is here already and needs nothing done to it.</summary>
    internal async Task<Arrival> SumAsync(Stream stream, CancellationToken ct)
    {
        using var source = new SourceBytes(stream, expectation, limits);
        byte[][] buffers = [new byte[ChunkBytes], new byte[ChunkBytes]];
        var turn = 0;
        while ((await source.ReadAsync(buffers[turn], ct)).Length > 0)
        {
            turn ^= 1;
        }

        var (digest, checksum) = source.End()!.Value;
        return new Arrival(checksum, digest);
    }

    private async Task<Arrival> DecompressAsync(Compression compression, ReadOnlyMemory<byte> head, SourceBytes source, IncomingFile file, CancellationToken ct)
    {
        using var sums = new ByteSums(null);
        RawDisk? raw = null;
        var length = 0L;
        var fault = await new Decompressor(compression, time).RunAsync(head, source.ReadAsync, TakeAsync, ct);

        // Bytes that are not those that were meant explain everything else.
        if (fault is not null && !source.Ended)
        {
            throw fault;
        }

        var checksum = source.End()?.Checksum;
        if (fault is not null)
        {
            throw fault;
        }

        if (length == 0)
        {
            throw ImageInspection.Refused("there is nothing in it when it is decompressed");
        }

        return await EndAsync(checksum, raw, file, () => sums.End().Digest, ct);

        async ValueTask TakeAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
        {
            if (length == 0)
            {
                CheckHead(bytes);
                raw = RawDiskOf(bytes, file);
            }

            length += bytes.Length;
            if (length > limits.MaxBytes)
            {
                throw SourceBytes.TooLarge("decompressed it", limits);
            }

            if (raw is not null)
            {
                await raw.AppendAsync(bytes, stop);
                return;
            }

            var writing = file.AppendAsync(bytes, stop);
            sums.Append(bytes.Span);
            await writing;
        }
    }

    private async Task<Arrival> EndAsync(Checksum? checksum, RawDisk? raw, IncomingFile file, Func<ImageDigest> digest, CancellationToken ct)
    {
        if (raw is not null)
        {
            return new Arrival(checksum, null, await raw.EndAsync(expectation.Format, ct));
        }

        file.End();
        return new Arrival(checksum, digest());
    }

    private RawDisk? RawDiskOf(ReadOnlyMemory<byte> head, IncomingFile file) =>
        ImageInspection.IsRaw(Head(head), expectation.Format) ? new RawDisk(file, limits) : null;

    // Before hours are spent on what will be refused.
    private static void CheckHead(ReadOnlyMemory<byte> bytes)
    {
        if (ForeignFormat.Recognise(Head(bytes), []) is { } foreign)
        {
            throw ImageInspection.Refused($"it is {foreign}");
        }
    }

    private static ReadOnlySpan<byte> Head(ReadOnlyMemory<byte> bytes) => bytes.Span[..Math.Min(bytes.Length, ForeignFormat.HeadLength)];
}
