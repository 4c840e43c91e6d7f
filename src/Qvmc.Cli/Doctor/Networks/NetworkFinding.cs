using System.Globalization;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Cli.Doctor.Networks;

/// <summary>What a host says of one of its networks.</summary>
internal static class NetworkFinding
{
    // Once may be an accident, or somebody who tries it.
    private const uint ManyRestarts = 3;

    /// <summary>What is to be said; null: nothing.</summary>
    public static Finding? Of(Network network)
    {
        var check = $"network {network.Name}";
        if (network.State == NetworkState.Failed)
        {
            return new Finding(check, Outcome.Fail, network.Message.Length > 0 ? network.Message : "can't be had", $"qvmc network info {network.Name}");
        }

        if (network.DhcpServer is { Pid: 0 } or { Restarts: >= ManyRestarts })
        {
            var server = network.DhcpServer;
            var what = server.Pid == 0 ? "its DHCP and DNS server (dnsmasq) does not run" : string.Create(CultureInfo.InvariantCulture, $"its DHCP and DNS server (dnsmasq) ended {server.Restarts} times");
            return new Finding(
                check,
                server.Pid == 0 ? Outcome.Fail : Outcome.Warn,
                $"{what}{(server.LastEnd.Length > 0 ? $"; the last time: {server.LastEnd}" : "")}",
                server.LastEnd.Contains("in use", StringComparison.Ordinal) ? $"end the program that listens there: sudo ss -lnptu 'sport = :53 or sport = :67'" : "see the log of \"qvmc qemu\": journalctl -u qvmc-qemu");
        }

        if (network.State == NetworkState.Ready && network.Message.Length > 0)
        {
            return new Finding(check, Outcome.Warn, network.Message, $"qvmc network info {network.Name}");
        }

        return network.State == NetworkState.Ready && network.Bridge.Length > 0 ? Finding.Ok(check, $"{network.Bridge}, {network.Subnet}") : null;
    }
}
