using Qvmc.Core.Waiting;

namespace Qvmc.Controller.Watch;

/// <summary>Wakes whoever waits for one instance: at least once after each change of it.</summary>
internal sealed class InstancePulse(string name, Action<InstancePulse> drop) : IDisposable
{
    private readonly Bell _beats = new();

    /// <summary>The instance.</summary>
    public string Name => name;

    /// <summary>Waits for a change since the last time.</summary>
    public ValueTask NextAsync(CancellationToken ct) => _beats.WaitAsync(ct);

    /// <inheritdoc/>
    public void Dispose() => drop(this);

    internal void Beat() => _beats.Ring();
}
