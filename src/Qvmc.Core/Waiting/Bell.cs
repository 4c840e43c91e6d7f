using System.Threading.Channels;

namespace Qvmc.Core.Waiting;

/// <summary>Wakes one who waits: at least once after each ring, and once for all rings since he last woke.</summary>
public sealed class Bell
{
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Rings. Holds nobody up, whether somebody waits or not.</summary>
    public void Ring() => _rings.Writer.TryWrite(true);

    /// <summary>Waits for a ring since the last time. When it is given up, no ring is lost.</summary>
    public async ValueTask WaitAsync(CancellationToken ct) => await _rings.Reader.ReadAsync(ct);
}
