using Qvmc.Core.Faults;
using Qvmc.Images.Formats;
using Qvmc.Images.Tools;

namespace Qvmc.Images.Intake;

/// <summary>
/// Undoes a compression while the bytes come: a program reads them from its input and writes the image to its output. How
/// long that takes depends on the source and on the disk, so only a program that neither takes nor gives is ended.
/// </summary>
internal sealed class Decompressor(Compression compression, TimeProvider time)
{
    private const int ChunkBytes = 256 << 10;

    // Any decoder yields megabytes in a second.
    private static readonly TimeSpan Stall = TimeSpan.FromMinutes(1);

    // It has no business with files; pipes are not bound by this.
    private static readonly ToolLimits Limits = new() { CpuSeconds = null, FileBytes = 0 };

    /// <summary>Decompresses to the end.</summary>
    /// <param name="head">What was read already.</param>
    /// <param name="source">The rest; empty: its end. The buffer that it filled is not touched while it fills the next.</param>
    /// <param name="sink">Takes the image's bytes in order.</param>
    /// <param name="ct">Ends the program.</param>
    /// <returns>Says what is wrong, to be thrown unless there is more to complain of; null: nothing.</returns>
    /// <exception cref="FaultException">The program is missing, or gets nowhere.</exception>
    internal async Task<FaultException?> RunAsync(
        ReadOnlyMemory<byte> head,
        Func<Memory<byte>, CancellationToken, ValueTask<ReadOnlyMemory<byte>>> source,
        Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> sink,
        CancellationToken ct)
    {
        await using var process = compression.Tool(time).Start(compression.Arguments, Limits);
        using var stall = new StallWatch(Stall, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, stall.Stalled);
        var feeding = FeedAsync(process, head, source, stall, stop.Token);
        var draining = DrainAsync(process, sink, stall, stop.Token);
        try
        {
            // The first to fail ends the other.
            await await Task.WhenAny(feeding, draining);
            await draining;
            var result = await process.EndAsync(stop.Token);
            return result.ExitCode != 0 ? Refused(result.Complaint)
                : !await feeding ? Refused("more bytes come after its end")
                : null;
        }
        catch (OperationCanceledException) when (stall.Stalled.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new FaultException(FaultCode.Timeout, $"{compression.Program} neither took nor gave anything for {Stall.TotalSeconds:0} s and was ended; is the host overloaded?");
        }
        finally
        {
            await stop.CancelAsync();
            await process.EndNowAsync();
            await Task.WhenAny(Task.WhenAll(feeding, draining));
        }
    }

    // False: the program did not want all of it, and its exit code says why.
    private static async Task<bool> FeedAsync(
        ToolProcess process,
        ReadOnlyMemory<byte> head,
        Func<Memory<byte>, CancellationToken, ValueTask<ReadOnlyMemory<byte>>> source,
        StallWatch stall,
        CancellationToken ct)
    {
        // By turns: the source may still have use for the one before.
        byte[][] chunks = [new byte[ChunkBytes], new byte[ChunkBytes]];
        var turn = 0;
        for (var bytes = head; bytes.Length > 0; turn ^= 1)
        {
            try
            {
                await process.Input.WriteAsync(bytes, ct);
            }
            catch (IOException)
            {
                return false;
            }

            stall.Moved();
            using (stall.Elsewhere())
            {
                bytes = await source(chunks[turn], ct);
            }
        }

        process.Input.Close();
        return true;
    }

    private static async Task DrainAsync(
        ToolProcess process, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> sink, StallWatch stall, CancellationToken ct)
    {
        var chunk = new byte[ChunkBytes];
        int count;
        while ((count = await process.Output.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, ct)) > 0)
        {
            using (stall.Elsewhere())
            {
                await sink(chunk.AsMemory(0, count), ct);
            }
        }
    }

    private FaultException Refused(string complaint) =>
        ImageInspection.Refused($"it is compressed by {compression.Name} and can't be decompressed: {complaint}; it was cut off or damaged, so fetch it again");
}
