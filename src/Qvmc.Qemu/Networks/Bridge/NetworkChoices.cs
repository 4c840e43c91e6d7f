using System.Net;

namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>What was chosen for a network, once and for good.</summary>
public sealed record NetworkChoices
{
    /// <summary>IPv4 subnet; null: not chosen yet.</summary>
    public IPNetwork? Subnet { get; init; }

    /// <summary>IPv6 subnet; null: not chosen yet.</summary>
    public IPNetwork? Subnet6 { get; init; }

    /// <summary>The bridge's hardware address: guests remember it. Empty: not chosen yet.</summary>
    public string Mac { get; init; } = "";

    /// <summary>The bridge's interface, to be found when the configuration has another name for it; empty: none was made.</summary>
    public string Bridge { get; init; } = "";

    /// <summary>It was taken off the host by order, and no machine has needed it since.</summary>
    public bool IsDown { get; init; }
}
