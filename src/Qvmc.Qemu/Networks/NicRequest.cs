using System.Globalization;
using System.Net;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Networks.Links;

namespace Qvmc.Qemu.Networks;

/// <summary>An interface that a machine wants, or has.</summary>
/// <param name="Uid">The machine.</param>
/// <param name="Slot">Its place in the machine, from 1.</param>
/// <param name="Mac">Its hardware address.</param>
public sealed record NicRequest(string Uid, uint Slot, string Mac)
{
    /// <summary>The machine's name: what it is called in the network.</summary>
    public string Name { get; init; } = "";

    /// <summary>What is reserved for it on a bridge network; null: nothing.</summary>
    public IPAddress? Ipv4 { get; init; }

    /// <summary>The same for IPv6.</summary>
    public IPAddress? Ipv6 { get; init; }

    /// <summary>Queues, at least 1.</summary>
    public uint Queues { get; init; } = 1;

    /// <summary>Most that it sends, and most that it receives, in Mbit/s; 0: no limit.</summary>
    public uint RateMbit { get; init; }

    /// <summary>Ports of the host that lead to it.</summary>
    public IReadOnlyList<PortForward> Forwards { get; init; } = [];

    /// <summary>Id of its backend in QEMU.</summary>
    public string Netdev => string.Create(CultureInfo.InvariantCulture, $"net{Slot - 1}");

    /// <summary>Name of its TAP, where it has one.</summary>
    public string Tap => LinkMark.TapName(Uid, Slot);
}
