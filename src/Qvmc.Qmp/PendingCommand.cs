using System.Text.Json;

namespace Qvmc.Qmp;

/// <summary>A command that waits for its reply.</summary>
internal sealed class PendingCommand(long id, string command)
{
    private readonly TaskCompletionSource<JsonElement> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _wasSent;

    public long Id { get; } = id;

    public string Command { get; } = command;

    /// <summary>Set before the first byte is written: from then on QEMU may have it.</summary>
    public bool WasSent
    {
        get => _wasSent;
        set => _wasSent = value;
    }

    public Task<JsonElement> Reply => _reply.Task;

    public void Succeed(JsonElement value) => _reply.TrySetResult(value);

    public void Fail(QmpException error)
    {
        _reply.TrySetException(error);
        // Its caller may have gone already, by time-out or cancellation: then nobody looks.
        _ = _reply.Task.Exception;
    }
}
