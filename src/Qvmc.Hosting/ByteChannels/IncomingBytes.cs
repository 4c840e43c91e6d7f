using System.IO.Pipelines;

namespace Qvmc.Hosting.ByteChannels;

/// <summary>The bytes of a channel, for the call that takes them. Disposing of them closes it.</summary>
public sealed class IncomingBytes : IAsyncDisposable
{
    private readonly PipeReader _input;
    private readonly TaskCompletionSource<bool> _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SequencePosition? _read;

    internal IncomingBytes(PipeReader input) => _input = input;

    /// <summary>How many came.</summary>
    public ulong Count { get; private set; }

    /// <summary>The next bytes, which stay as they are until the next call; none: the end.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up, or the connection broke.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken ct)
    {
        try
        {
            if (_read is { } read)
            {
                _input.AdvanceTo(read);
                _read = null;
            }
            var result = await _input.ReadAsync(ct);
            var piece = result.Buffer.First;
            _read = result.Buffer.GetPosition(piece.Length);
            Count += (ulong)piece.Length;
            return piece;
        }
        catch (IOException e)
        {
            throw new OperationCanceledException("the caller broke its connection off", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _released.TrySetResult();
        return ValueTask.CompletedTask;
    }

    /// <summary>For a call; false: nobody waits with them any more.</summary>
    internal bool TryTake() => _taken.TrySetResult(true);

    /// <summary>For the connection: waits until a call has taken them and is done with them, or none has come in time.</summary>
    internal async Task ServedAsync(TimeSpan limit, TimeProvider time)
    {
        try
        {
            await _taken.Task.WaitAsync(limit, time);
        }
        catch (TimeoutException)
        {
            _taken.TrySetResult(false);
        }
        if (await _taken.Task)
        {
            await _released.Task;
        }
    }
}
