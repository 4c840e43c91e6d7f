using Microsoft.Extensions.Logging;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// What must be taken back if a sequence of steps does not reach its end: last first. One that fails does not keep the
/// others from being taken back.
/// </summary>
internal sealed partial class Undo(ILogger log, string uid) : IAsyncDisposable
{
    private readonly Stack<(string What, Func<Task> Action)> _actions = new();

    /// <summary>Registers the way back of a step that has just been taken.</summary>
    internal void Add(string what, Func<Task> action) => _actions.Push((what, action));

    /// <summary>The end was reached: nothing is taken back.</summary>
    internal void Commit() => _actions.Clear();

    public async ValueTask DisposeAsync()
    {
        while (_actions.TryPop(out var step))
        {
            try
            {
                await step.Action();
            }
            catch (Exception e)
            {
                LogFailed(uid, step.What, e);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "machine {Uid}: could not take back: {What}")]
    private partial void LogFailed(string uid, string what, Exception cause);
}
