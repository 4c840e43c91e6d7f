using System.Net;
using System.Net.Sockets;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Qemu.Networks.Bridge;

// What is told of the network, and what stands against a machine's interface on it.
internal sealed partial class BridgeNetworkDriver
{
    /// <inheritdoc/>
    public IReadOnlyList<FieldFault> Check(NicRequest request) =>
    [
        .. CheckAddresses(request),
        .. request.Forwards.Select((f, i) => (Why: Obstacle(request, f), i)).Where(x => x.Why is not null).Select(x => new FieldFault($"spec.forwards[{x.i}]", x.Why!)),
    ];

    /// <inheritdoc/>
    public Network Describe()
    {
        var network = new Network
        {
            Name = Name,
            Kind = NetworkKind.Bridge,
            State = _state,
            Bridge = _bridge,
            Domain = _domain,
            Isolated = _settings.Isolated,
            Mtu = BridgeLayout.MtuOf(_settings),
            CanForward = true,
            Message = _message,
        };
        if (_state == NetworkState.Ready)
        {
            network.DhcpServer = _dhcp.Describe();
            network.Message = string.Join("; ", new[] { _host.Ports.Fault, _warning }.Where(m => m is { Length: > 0 }));
        }

        // What was chosen holds while the network is down, too: machines keep their addresses in it.
        var choices = _layout is { } l ? (l.Subnet, l.Subnet6) : Chosen();
        if (choices.Item1 is { } subnet)
        {
            var (first, last) = Subnets.TryParseRange(_settings.Range, out var range) ? range : Subnets.Hosts(subnet);
            network.Subnet = subnet.ToString();
            network.Gateway = Subnets.Gateway(subnet).ToString();
            network.Range = $"{first}-{last}";
        }

        if (choices.Item2 is { } subnet6)
        {
            network.Subnet6 = subnet6.ToString();
            network.Gateway6 = Subnets.Gateway(subnet6).ToString();
        }

        return network;
    }

    /// <inheritdoc/>
    public NicStatus Describe(NicRequest request, bool isLive) => new()
    {
        Slot = request.Slot,
        Network = Name,
        Mac = request.Mac,
        Ipv4 = request.Ipv4?.ToString() ?? "",
        Ipv6 = request.Ipv6?.ToString() ?? "",
        Hostname = request.Ipv4 is null ? "" : $"{request.Name}.{_domain}",
        HostInterface = isLive ? request.Tap : "",
    };

    /// <summary>In words, which machine without a bridge has a port of the host already; null: none.</summary>
    internal Func<string, PortForward, string?> TakenElsewhere { get; set; } = (_, _) => null;

    private (IPNetwork?, IPNetwork?) Chosen()
    {
        var choices = _file.Load();
        return (
            IPNetwork.TryParse(_settings.Subnet, out var configured) ? configured : choices.Subnet,
            !WantsIpv6 ? null : IPNetwork.TryParse(_settings.Subnet6, out var configured6) ? configured6 : choices.Subnet6);
    }

    private IEnumerable<FieldFault> CheckAddresses(NicRequest request)
    {
        var field = $"spec.nics[slot {request.Slot}]";
        if (request.Ipv4 is null)
        {
            yield return new FieldFault(field, $"has no address reserved in network \"{Name}\": the order is of a controller that does not know this network");
        }
        else if (_layout is { } layout && !layout.Subnet.Contains(request.Ipv4))
        {
            yield return new FieldFault(field, $"{request.Ipv4} is not in {layout.Subnet}, which network \"{Name}\" has now");
        }
    }

    private string? Obstacle(NicRequest request, PortForward forward)
    {
        if (!IPAddress.TryParse(HostPort.AddressOf(forward), out var address))
        {
            return $"\"{forward.HostAddress}\" is not an IP address of the host";
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6 && request.Ipv6 is null)
        {
            return $"\"{forward.HostAddress}\" is an IPv6 address, and the interface in network \"{Name}\" has none";
        }

        return address.Equals(IPAddress.IPv6Loopback)
            ? "::1 can't be forwarded, since the kernel routes it nowhere: use 127.0.0.1, or an address of the host's"
            : _host.Ports.TakenBy(request.Uid, forward) ?? TakenElsewhere(request.Uid, forward) ?? HostPort.Obstacle(forward, address);
    }
}
