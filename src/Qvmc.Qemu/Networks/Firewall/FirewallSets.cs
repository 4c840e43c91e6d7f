using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Elements = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Builder;

namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>
/// What the sets and maps hold. All that changes with machines is in them, so that a launch adds a few elements and
/// touches no rule; the rules are in <see cref="HostTable"/> and <see cref="PortTable"/>.
/// </summary>
internal sealed class FirewallSets
{
    // The kernel reckons in nanoseconds times bytes per second, in 64 bits: a limit over 140 Gbit/s is refused. None is
    // as good, for no machine's port is that fast.
    private const uint FastestMbit = 100_000;

    private readonly Elements _bridges = New(), _isolated = New(), _gateways = New(), _gateways6 = New();
    private readonly Elements _forwards = New(), _anyForwards = New(), _forwards6 = New(), _anyForwards6 = New();
    private readonly Elements _ports = New(), _macs = New(), _addresses = New(), _addresses6 = New(), _linkLocal = New();
    private readonly Elements _claims6 = New(), _linkLocalClaims = New(), _dhcpMacs = New(), _sendRates = New(), _receiveRates = New();

    private FirewallSets()
    {
    }

    /// <summary>Every set, whether it holds something or not.</summary>
    internal static IReadOnlyList<NftSet> Of(FirewallModel model)
    {
        var sets = new FirewallSets();
        foreach (var network in model.Networks.Values.Where(n => n.IsOurs))
        {
            sets.Add(network);
        }

        foreach (var port in model.Ports.Values)
        {
            sets.Add(port, model.Networks[port.Network]);
        }

        return sets.All();
    }

    private IReadOnlyList<NftSet> All() =>
    [
        Set("inet", "bridges", "type ifname", "our bridges", _bridges),
        Set("inet", "isolated", "type ifname", "those of them that nothing leaves", _isolated),
        Set("inet", "gateways", "type ifname . ipv4_addr", "our own address on each, for DNS", _gateways),
        Set("inet", "gateways6", "type ifname . ipv6_addr", "the same for IPv6", _gateways6),
        Map("inet", "forwards", "type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service", "port forwards on one address of the host", _forwards),
        Map("inet", "any_forwards", "type inet_proto . inet_service : ipv4_addr . inet_service", "port forwards on every address of the host", _anyForwards),
        Map("inet", "forwards6", "type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service", "the same for IPv6", _forwards6),
        Map("inet", "any_forwards6", "type inet_proto . inet_service : ipv6_addr . inet_service", "the same for IPv6", _anyForwards6),
        Map("bridge", "ports", "type ifname : verdict", "the machines' ports, and what they are looked at for", _ports),
        Set("bridge", "macs", "type ifname . ether_addr", "each port's hardware address", _macs),
        Set("bridge", "addresses", "type ifname . ipv4_addr", "each port's address", _addresses),
        Set("bridge", "addresses6", "type ifname . ipv6_addr", "each port's addresses", _addresses6),
        Set("bridge", "link_local", "type ipv6_addr", "link-local addresses that are somebody's: only who has one in addresses6 may use it", _linkLocal),
        Set("bridge", "claims6", "typeof iifname . @th,64,128", "the same as addresses6, as neighbour discovery writes them", _claims6),
        Set("bridge", "link_local_claims", "typeof @th,64,128", "the same as link_local, as neighbour discovery writes them", _linkLocalClaims),
        Set("bridge", "dhcp_macs", "typeof iifname . @th,288,48", "the same as macs, as DHCP writes them", _dhcpMacs),
        Rates("send_rates", "most that a port sends", _sendRates),
        Rates("receive_rates", "most that a port receives", _receiveRates),
    ];

    private void Add(FirewallNetwork network)
    {
        var (bridge, comment) = (Quote(network.Bridge), Comment(network.Name));
        _bridges[bridge] = comment;
        if (network.Isolated)
        {
            _isolated[bridge] = comment;
        }

        if (network.Gateway is not null)
        {
            _gateways[$"{bridge} . {network.Gateway}"] = comment;
        }

        if (network.Gateway6 is not null)
        {
            _gateways6[$"{bridge} . {network.Gateway6}"] = comment;
        }

        if (network.BridgeMac.Length > 0)
        {
            AddLinkLocal(LinkLocal.Of(network.BridgeMac), comment);
        }
    }

    private void Add(FirewallPort port, FirewallNetwork network)
    {
        var (name, comment, mac) = (Quote(port.Interface), Comment(network.Name), port.Mac.ToLowerInvariant());
        _ports[name] = $"{comment} : jump {(network.IsOurs ? "from_machine" : "from_guest_of_bridge")}";
        _macs[$"{name} . {mac}"] = comment;
        if (port.RateMbit is > 0 and <= FastestMbit)
        {
            // Beside the burst, the kernel lets through what a second's rate is.
            var limit = string.Create(CultureInfo.InvariantCulture, $" limit rate over {port.RateMbit * 125_000L} bytes/second burst 65536 bytes");
            _sendRates[name] = limit + comment;
            _receiveRates[name] = limit + comment;
        }

        if (!network.IsOurs)
        {
            return;
        }

        var own = LinkLocal.Of(mac);
        AddLinkLocal(own, comment);
        AddOwn6(name, own, comment);
        _dhcpMacs[$"{name} . 0x{mac.Replace(":", "", StringComparison.Ordinal)}"] = comment;
        if (port.Ipv4 is not null)
        {
            _addresses[$"{name} . {port.Ipv4}"] = comment;
        }

        if (port.Ipv6 is not null)
        {
            AddOwn6(name, port.Ipv6, comment);
        }

        foreach (var forward in port.Forwards)
        {
            Add(forward, port, $" comment \"{port.Interface} on {network.Name}\"");
        }
    }

    private void Add(PortForward forward, FirewallPort port, string comment)
    {
        var at = forward.HostAddress.Length > 0 ? IPAddress.Parse(forward.HostAddress) : IPAddress.Loopback;
        var is6 = at.AddressFamily == AddressFamily.InterNetworkV6;
        if ((is6 ? port.Ipv6 : port.Ipv4) is not { } to)
        {
            return;
        }

        var key = string.Create(CultureInfo.InvariantCulture, $"{(forward.Protocol == Protocol.Udp ? "udp" : "tcp")} . {forward.HostPort}");
        var any = at.Equals(IPAddress.Any) || at.Equals(IPAddress.IPv6Any);
        var map = (is6, any) switch
        {
            (false, false) => _forwards,
            (false, true) => _anyForwards,
            (true, false) => _forwards6,
            (true, true) => _anyForwards6,
        };
        map[any ? key : $"{at} . {key}"] = string.Create(CultureInfo.InvariantCulture, $"{comment} : {to} . {forward.GuestPort}");
    }

    private void AddOwn6(string name, IPAddress address, string comment)
    {
        _addresses6[$"{name} . {address}"] = comment;
        _claims6[$"{name} . {Raw(address)}"] = comment;
    }

    private void AddLinkLocal(IPAddress address, string comment)
    {
        _linkLocal[address.ToString()] = comment;
        _linkLocalClaims[Raw(address)] = comment;
    }

    private static string Raw(IPAddress address) => $"0x{Convert.ToHexStringLower(address.GetAddressBytes())}";

    private static string Comment(string network) => $" comment \"{network}\"";

    // A name that ends in '*' would mean every interface that begins so, and a quote would end it.
    private static string Quote(string name) => name.Length is > 0 and <= 15 && !name.AsSpan().ContainsAny("\"*\\\r\n{}")
        ? $"\"{name}\""
        : throw new FaultException(FaultCode.InvalidArgument, $"\"{name}\" can't be the name of a network interface that rules speak of");

    private static NftSet Set(string table, string name, string type, string about, Elements elements) => new(table, "set", name, type, about, elements.ToImmutable());

    private static NftSet Map(string table, string name, string type, string about, Elements elements) => new(table, "map", name, type, about, elements.ToImmutable());

    // Each element has a limit of its own; that of the set says only that elements have one.
    private static NftSet Rates(string name, string about, Elements elements) =>
        new("bridge", "set", name, "type ifname\n        size 65535\n        limit rate over 125000 bytes/second burst 65536 bytes", about, elements.ToImmutable());

    private static Elements New() => ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
}
