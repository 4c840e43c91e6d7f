using System.Globalization;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Cli.Networks;

/// <summary>Networks for people.</summary>
internal static class NetworkText
{
    /// <summary>Prints a row for each.</summary>
    public static void Write(Terminal terminal, IEnumerable<Network> networks)
    {
        var table = new Table("NAME", "NODE", "DEFAULT", "KIND", "STATE", "SUBNET", "USED", "INSTANCES", "MESSAGE");
        foreach (var network in networks)
        {
            table.Add(
                network.Name,
                network.Node,
                network.IsDefault ? "yes" : "",
                Kind(network.Kind),
                State(network.State),
                network.Subnet,
                Used(network),
                network.Instances.Count.ToString(CultureInfo.InvariantCulture),
                network.Message);
        }

        table.Write(terminal);
    }

    /// <summary>Prints one, a line for each fact.</summary>
    public static void Write(Terminal terminal, Network network)
    {
        Line("Name:", network.Name + (network.IsDefault ? " (the default)" : ""));
        Line("Node:", network.Node);
        Line("Kind:", Kind(network.Kind));
        Line("State:", State(network.State));
        Line("Message:", network.Message);
        Line("Bridge:", network.Bridge);
        Line("Subnet:", With(network.Subnet, network.Gateway));
        Line("Range:", network.Range);
        Line("Addresses:", Used(network) is { Length: > 0 } used ? $"{used} reserved" : "");
        Line("Subnet v6:", With(network.Subnet6, network.Gateway6));
        Line("Domain:", network.Domain);
        Line("Outside:", network.Isolated ? "can't be reached" : "");
        Line("MTU:", network.Mtu == 0 ? "" : network.Mtu.ToString(CultureInfo.InvariantCulture));
        Line("Forwards:", network.CanForward ? "yes" : "no");
        Line("DHCP, DNS:", network.DhcpServer is { } server ? Server(terminal, server) : "");
        Line("Last end:", network.DhcpServer?.LastEnd ?? "");
        Line("Instances:", network.Instances.Count == 0 ? "none" : string.Join(", ", network.Instances));

        void Line(string label, string value)
        {
            if (value.Length > 0)
            {
                terminal.Out.Write($"{label,-11} {Plain.Line(value)}\n");
            }
        }
    }

    private static string Server(Terminal terminal, DhcpServer server)
    {
        var state = server.Pid == 0
            ? "not running"
            : string.Create(CultureInfo.InvariantCulture, $"dnsmasq, pid {server.Pid}{(InstanceTable.Age(terminal, server.StartTime) is { Length: > 0 } age ? $", up {age}" : "")}, {server.Leases} leases");
        return server.Restarts == 0 ? state : string.Create(CultureInfo.InvariantCulture, $"{state}, restarted {server.Restarts} times");
    }

    private static string With(string subnet, string gateway) => subnet.Length == 0 || gateway.Length == 0 ? subnet : $"{subnet}, the host is {gateway}";

    private static string Used(Network network) => network.Addresses == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{network.AddressesUsed} of {network.Addresses}");

    private static string Kind(NetworkKind kind) => kind switch
    {
        NetworkKind.User => "user",
        NetworkKind.Bridge => "bridge",
        NetworkKind.Bridged => "bridged",
        NetworkKind.Vmnet => "vmnet",
        _ => "unknown",
    };

    private static string State(NetworkState state) => state switch
    {
        NetworkState.Ready => "READY",
        NetworkState.Down => "DOWN",
        NetworkState.Failed => "FAILED",
        _ => "UNKNOWN",
    };
}
