using System.Threading.Channels;

namespace Qvmc.Controller.Watch;

/// <summary>Wakes whoever waits for one instance: at least once after each change of it.</summary>
internal sealed class InstancePulse(string name, Action<InstancePulse> drop) : IDisposable
{
    private readonly Channel<bool> _beats = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>The instance.</summary>
    public string Name => name;

    /// <summary>Waits for a change since the last time.</summary>
    public ValueTask<bool> NextAsync(CancellationToken ct) => _beats.Reader.ReadAsync(ct);

    /// <inheritdoc/>
    public void Dispose() => drop(this);

    internal void Beat() => _beats.Writer.TryWrite(true);
}
