using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>Arithmetic of subnets.</summary>
internal static class Subnets
{
    /// <summary>Whether they have an address in common.</summary>
    internal static bool Overlap(IPNetwork a, IPNetwork b) =>
        a.BaseAddress.AddressFamily == b.BaseAddress.AddressFamily && (a.Contains(b.BaseAddress) || b.Contains(a.BaseAddress));

    /// <summary>The IPv4 address at a place of the subnet, counted from its base address.</summary>
    internal static IPAddress At(IPNetwork subnet, uint place) => FromNumber(ToNumber(subnet.BaseAddress) + place);

    /// <summary>The place of an IPv4 address in its subnet.</summary>
    internal static uint PlaceOf(IPNetwork subnet, IPAddress address) => ToNumber(address) - ToNumber(subnet.BaseAddress);

    /// <summary>How many addresses an IPv4 subnet has, its own and the broadcast address among them.</summary>
    internal static uint Size(IPNetwork subnet) => 1u << (32 - subnet.PrefixLength);

    /// <summary>The host's own address: the first, in IPv6 too.</summary>
    internal static IPAddress Gateway(IPNetwork subnet)
    {
        var bytes = subnet.BaseAddress.GetAddressBytes();
        bytes[^1]++;
        return new IPAddress(bytes);
    }

    /// <summary>First and last address for machines: all but the host's, the subnet's own and the broadcast address.</summary>
    internal static (IPAddress First, IPAddress Last) Hosts(IPNetwork subnet) => (At(subnet, 2), At(subnet, Size(subnet) - 2));

    /// <summary>Reads "10.80.0.10-10.80.0.59".</summary>
    internal static bool TryParseRange(string text, out (IPAddress First, IPAddress Last) range)
    {
        range = default;
        if (text.Split('-') is not [var first, var last] || !TryParse4(first, out var from) || !TryParse4(last, out var to))
        {
            return false;
        }

        range = (from, to);
        return ToNumber(from) <= ToNumber(to);
    }

    /// <summary>Reads an IPv4 address in its full form; <see cref="IPAddress"/> reads "1" and "127.1" too.</summary>
    internal static bool TryParse4(string text, out IPAddress address) =>
        IPAddress.TryParse(text, out address!) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text;

    internal static uint ToNumber(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    internal static IPAddress FromNumber(uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
