using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Core.Networks;

/// <summary>
/// The addresses of a bridge network: which of them a machine can have, and which one it gets that asks for none. Pure:
/// who holds which is told by whoever asks.
/// </summary>
public sealed class AddressPool
{
    private readonly Network _network;
    private readonly uint _lowest;
    private readonly uint _highest;
    private readonly uint _gateway;
    private readonly uint _first;
    private readonly uint _last;
    private readonly byte[]? _prefix6;

    private AddressPool(Network network, IPNetwork subnet, uint gateway, (uint First, uint Last) range, byte[]? prefix6)
    {
        (_network, _lowest, _gateway, _prefix6) = (network, Number(subnet.BaseAddress), gateway, prefix6);
        _highest = _lowest + (uint)((1ul << (32 - subnet.PrefixLength)) - 1);

        // The first and the last address of a subnet name it and all of it (RFC 922).
        (_first, _last) = (Math.Max(range.First, _lowest + 1), Math.Min(range.Last, _highest - 1));
    }

    /// <summary>How many addresses there are for machines that ask for none.</summary>
    public uint Count => _last < _first ? 0 : _last - _first + 1 - (IsInRange(_gateway) ? 1u : 0);

    /// <summary>They in words: <c>10.80.0.10-10.80.0.59</c>.</summary>
    public string Range => _last < _first ? "" : $"{Address(_first)}-{Address(_last)}";

    /// <summary>The addresses of a network; null: it is no bridge of ours, or its subnet is not known.</summary>
    public static AddressPool? Of(Network network)
    {
        if (!HasSubnet(network) || !IPNetwork.TryParse(network.Subnet, out var subnet)
            || subnet.BaseAddress.AddressFamily != AddressFamily.InterNetwork || subnet.PrefixLength > 30)
        {
            return null;
        }

        var gateway = TryNumber(network.Gateway) ?? Number(subnet.BaseAddress) + 1;
        var ends = network.Range.Split('-');
        var range = ends.Length == 2 && TryNumber(ends[0]) is { } first && TryNumber(ends[1]) is { } last ? (first, last) : (0u, uint.MaxValue);
        return new AddressPool(network, subnet, gateway, range, Prefix6(network.Subnet6));
    }

    /// <summary>Whether <see cref="Of"/> finds addresses, at a glance.</summary>
    public static bool HasSubnet(Network network) => network is { Kind: NetworkKind.Bridge, Subnet.Length: > 0 };

    /// <summary>Whether an address is one of those for machines that ask for none.</summary>
    public bool IsInRange(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork && Number(address) is var number && number != _gateway && IsInRange(number);

    /// <summary>What keeps a machine from having this address here, as a sentence; null: nothing but another machine.</summary>
    public string? Fault(IPAddress address)
    {
        var number = address.AddressFamily == AddressFamily.InterNetwork ? Number(address) : 0;
        var subnet = $"{_network.Subnet} of network \"{_network.Name}\"";
        return number < _lowest || number > _highest ? $"{address} is not in subnet {subnet}: use {Address(_lowest + 1)} to {Address(_highest - 1)}"
            : number == _gateway ? $"{address} is the host's own address in subnet {subnet}: choose another"
            : number == _lowest || number == _highest ? $"{address} means subnet {subnet} as a whole: use {Address(_lowest + 1)} to {Address(_highest - 1)}"
            : null;
    }

    /// <summary>
    /// An address of the range for an interface that asks for none; null: all are taken. The search begins at a place
    /// of its own for each interface, so that one that was given back is not soon somebody else's.
    /// </summary>
    /// <param name="uid">The instance.</param>
    /// <param name="slot">The interface.</param>
    /// <param name="isTaken">Whether somebody has an address.</param>
    public IPAddress? Choose(string uid, uint slot, Func<IPAddress, bool> isTaken)
    {
        if (_last < _first)
        {
            return null;
        }

        var size = (ulong)_last - _first + 1;
        var start = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{uid}/{slot}"))) % size;
        for (ulong i = 0; i < size; i++)
        {
            var number = _first + (uint)((start + i) % size);
            if (number != _gateway && Address(number) is var address && !isTaken(address))
            {
                return address;
            }
        }

        return null;
    }

    /// <summary>The IPv6 address that goes with an IPv4 address: as far into its subnet as that is into its own. Null: the network has none.</summary>
    public IPAddress? Ipv6Of(IPAddress ipv4)
    {
        if (_prefix6 is null)
        {
            return null;
        }

        var bytes = (byte[])_prefix6.Clone();
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(12), Number(ipv4) - _lowest);
        return new IPAddress(bytes);
    }

    private bool IsInRange(uint number) => number >= _first && number <= _last;

    private static byte[]? Prefix6(string subnet6) =>
        IPNetwork.TryParse(subnet6, out var subnet) && subnet is { BaseAddress.AddressFamily: AddressFamily.InterNetworkV6, PrefixLength: <= 96 }
            ? subnet.BaseAddress.GetAddressBytes()
            : null;

    private static uint? TryNumber(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork ? Number(address) : null;

    private static uint Number(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress Address(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
