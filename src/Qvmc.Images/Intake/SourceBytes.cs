using Qvmc.Images.Formats;
using Qvmc.Images.Tools;

namespace Qvmc.Images.Intake;

/// <summary>The bytes of an image as they come: counted, bounded, and summed if need be, whatever they are then turned into.</summary>
internal sealed class SourceBytes(Stream source, ImageExpectation expectation, ImageStoreLimits limits) : IDisposable
{
    private const int ReportBytes = 1 << 20;

    private readonly ByteSums _sums = new(expectation.Checksum);
    private bool _isSummed = true;
    private ReadOnlyMemory<byte> _unsummed;
    private long _reported;

    /// <summary>How many came.</summary>
    internal long Count { get; private set; }

    /// <summary>All came.</summary>
    internal bool Ended { get; private set; }

    /// <summary>They become a file of other bytes: they are not summed any more, if nobody wants to know.</summary>
    internal void Transform() => _isSummed = expectation.RemembersSource || expectation.Checksum is not null;

    /// <summary>
    /// Fills the buffer; less: the end. It is summed while the next is filled: until that has come its bytes must stay as
    /// they are.
    /// </summary>
    internal async ValueTask<ReadOnlyMemory<byte>> ReadAsync(Memory<byte> buffer, CancellationToken ct)
    {
        var summing = _unsummed.IsEmpty || !_isSummed ? Task.CompletedTask : Task.Run(() => _sums.Append(_unsummed.Span), CancellationToken.None);
        ReadOnlyMemory<byte> bytes;
        try
        {
            bytes = buffer[..await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct)];
        }
        finally
        {
            await summing;
        }

        _unsummed = bytes;
        Ended |= bytes.Length < buffer.Length;
        Came(bytes.Length);
        return bytes;
    }

    /// <summary>
    /// Goes past zeros that come next and need not be read, for nobody sums them. Nothing of it may be in the midst of being
    /// read.
    /// </summary>
    /// <param name="multiple">How many are gone past is a multiple of this.</param>
    internal long SkipZeros(int multiple)
    {
        if (_isSummed || Ended || source is not ForwardStream forward)
        {
            return 0;
        }

        var count = forward.SkipZeros(multiple);
        Came(count);
        return count;
    }

    /// <summary>After the last byte: whether all came that was announced, and nothing else. The sums, if they were made.</summary>
    internal (ImageDigest Digest, Checksum Checksum)? End()
    {
        Report();
        if (Count != (expectation.SizeBytes ?? Count))
        {
            throw ImageInspection.Refused($"it has {Count} bytes, and {expectation.SizeBytes} were announced: it broke off on the way; send it again");
        }

        if (Count == 0)
        {
            throw ImageInspection.Refused("it is empty");
        }

        if (!_isSummed)
        {
            return null;
        }

        _sums.Append(_unsummed.Span);
        var (digest, checksum) = _sums.End();
        return expectation.Checksum is { } wanted && wanted != checksum
            ? throw ImageInspection.Refused($"its checksum is {checksum} and should be {wanted}; fetch it again, or correct the checksum")
            : (digest, checksum);
    }

    internal static Core.Faults.FaultException TooLarge(string what, ImageStoreLimits limits) =>
        ImageInspection.Refused($"{what} has more than {Disk.Size(limits.MaxBytes)}; if it is sound, raise image_limits.max_gib in the configuration");

    private void Came(long count)
    {
        Count += count;
        if (Count > (expectation.SizeBytes ?? long.MaxValue))
        {
            throw ImageInspection.Refused($"it has more than the {expectation.SizeBytes} bytes that were announced");
        }

        if (Count > limits.MaxBytes)
        {
            throw TooLarge("it", limits);
        }

        if (Count - _reported >= ReportBytes)
        {
            Report();
        }
    }

    private void Report()
    {
        _reported = Count;
        expectation.Progress?.Report(new IntakeProgress(IntakePhase.Receiving, Count, expectation.SizeBytes));
    }

    public void Dispose() => _sums.Dispose();
}
