namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>Ports to be set and taken away, waiting for their transaction; those that wait together have one.</summary>
internal sealed class PortChange(IReadOnlyList<FirewallPort> set, IReadOnlyList<string> gone)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When it is in force, or was refused.</summary>
    internal Task Done => _done.Task;

    internal FirewallModel On(FirewallModel model) => model.With(set, gone);

    internal void Succeed() => _done.TrySetResult();

    internal void Fail(Exception cause) => _done.TrySetException(cause);
}
