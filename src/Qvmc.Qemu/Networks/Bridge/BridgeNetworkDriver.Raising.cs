using System.Globalization;
using System.Net;
using Qvmc.Core.Faults;
using Qvmc.Protos.Network.V1;
using Qvmc.Qemu.Networks.Dhcp;
using Qvmc.Qemu.Networks.Firewall;
using Qvmc.Qemu.Networks.Links;

namespace Qvmc.Qemu.Networks.Bridge;

// How the network comes onto the host and off it again. Each step can be repeated, over whatever an earlier daemon has
// left; the choices are on disk before anything is made of them.
internal sealed partial class BridgeNetworkDriver
{
    private const string DownMessage = "taken off the host by order; it is made anew when a machine needs it";

    /// <inheritdoc/>
    public Task TeardownAsync(CancellationToken ct) => LockedAsync(
        async () =>
        {
            List<string> running;
            lock (_members)
            {
                running = [.. _live.Values.Select(n => n.Name).Distinct().Order(StringComparer.Ordinal)];
            }

            if (running.Count > 0)
            {
                throw new FaultException(
                    FaultCode.FailedPrecondition, $"network \"{Name}\" is in use by {string.Join(", ", running.Take(10))}{(running.Count > 10 ? ", ..." : "")}: stop them first");
            }

            // From here on a daemon that is killed does not raise it again; what is left it takes off with the next order.
            _file.Save(_file.Load() with { IsDown = true });
            await _dhcp.StopAsync(ct);
            await _host.Ports.RemoveNetworkAsync(Name, ct);
            if (await _host.Links.FindAsync(_bridge, ct) is { } link && IsOurs(link))
            {
                await _host.Links.DeleteAsync([_bridge], ct);
            }

            _host.Sysctls.Release(Name);
            (_state, _message, _warning) = (NetworkState.Down, DownMessage, "");
            LogTornDown(_host.Log, Name);
        },
        ct);

    /// <exception cref="FaultException">It can't be had: <see cref="_message"/> says why.</exception>
    private async Task RaiseAsync(CancellationToken ct)
    {
        try
        {
            var link = await _host.Links.FindAsync(_bridge, ct);
            var choices = _file.Load();
            KnowSubnets(choices);
            if (link is not null && !IsOurs(link))
            {
                throw new FaultException(
                    FaultCode.FailedPrecondition,
                    $"the host has an interface {_bridge} that is not ours, and it is left alone: give the network another bridge, or delete that one (ip link delete {_bridge})");
            }

            choices = await ChooseAsync(choices, link, ct);
            await MoveAsync(choices, ct);
            _file.Save(choices with { Bridge = _bridge, IsDown = false });
            KnowSubnets(choices);
            var layout = new BridgeLayout
            {
                Bridge = _bridge,
                Mac = choices.Mac,
                Mtu = BridgeLayout.MtuOf(_settings),
                Subnet = choices.Subnet!.Value,
                Subnet6 = WantsIpv6 && HasIpv6 ? choices.Subnet6 : null,
            };
            await MakeBridgeAsync(layout, link, ct);
            _routed6 = layout.Subnet6 is not null && !_settings.Isolated && await _host.Links.HasDefaultRoute6Async(ct);
            NeedOfHost();
            _layout = layout;
            await RestorePortsAsync(layout, ct);
            await _dhcp.StartAsync(
                new DhcpNetwork(
                    Name, _bridge, layout.Subnet, layout.Gateway, layout.Subnet6, layout.Gateway6, _routed6, _domain, layout.Mtu,
                    [.. _settings.Dns.Select(IPAddress.Parse)], Lease, _settings.Isolated),
                Reservations(),
                ct);
            if (await _host.Resolver.TellAsync(_bridge, layout.Gateway.ToString(), _domain, ct) is { } trouble)
            {
                LogTrouble(_host.Log, Name, trouble);
            }

            (_state, _message) = (NetworkState.Ready, "");
            LogRaised(_host.Log, Name, _bridge, layout.Subnet.ToString());
        }
        catch (Exception e) when (e is FaultException or IOException or UnauthorizedAccessException)
        {
            (_state, _message) = (NetworkState.Failed, e.Message);
            LogFailed(_host.Log, Name, e.Message);
            throw e as FaultException ?? new FaultException(FaultCode.FailedPrecondition, $"network \"{Name}\" can't be had: {e.Message}", inner: e);
        }
    }

    private bool WantsIpv6 => _settings.Subnet6 != "none";

    private bool HasIpv6 => _host.Sysctls.Read("net/ipv6/conf/all/forwarding") is not null;

    // A bridge whose mark a crash kept from being written is known by its address, which was on disk before it was made.
    private bool IsOurs(HostLink link) => LinkMark.NetworkOf(link) == Name
        || (link is { Kind: "bridge", Alias: "" } && _file.Load() is { Mac.Length: > 0 } choices && choices.Mac == link.Mac);

    private List<DhcpReservation> Reservations()
    {
        lock (_members)
        {
            return [.. _reserved.Values.Select(Reservation).OfType<DhcpReservation>()];
        }
    }

    // The configuration may have another name for the bridge than it was made with.
    private async Task MoveAsync(NetworkChoices choices, CancellationToken ct)
    {
        if (choices.Bridge.Length > 0 && choices.Bridge != _bridge && await _host.Links.FindAsync(choices.Bridge, ct) is { } old && IsOurs(old))
        {
            await _host.Links.DeleteAsync([old.Name], ct);
        }
    }

    private async Task MakeBridgeAsync(BridgeLayout layout, HostLink? link, CancellationToken ct)
    {
        if (link is null)
        {
            await _host.Links.ChangeAsync(
                [
                    $"link add dev {_bridge} address {layout.Mac} type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                    $"link set dev {_bridge} alias {LinkMark.OfBridge(Name)} addrgenmode none",
                ],
                ct);
        }

        if (HasIpv6)
        {
            _host.Sysctls.Set($"net/ipv6/conf/{_bridge}/accept_ra", "0");
            _host.Sysctls.Set($"net/ipv6/conf/{_bridge}/disable_ipv6", layout.Subnet6 is null ? "1" : "0");
        }

        // For forwards from the host's own loopback: rules keep packets for 127.0.0.0/8 that come from machines out.
        _host.Sysctls.Set($"net/ipv4/conf/{_bridge}/route_localnet", "1");
        var gone = link?.Addresses.Select(a => a.ToString()).Except(layout.Addresses) ?? [];
        await _host.Links.ChangeAsync(
            [
                $"link set dev {_bridge} address {layout.Mac} alias {LinkMark.OfBridge(Name)} mtu {layout.Mtu.ToString(CultureInfo.InvariantCulture)}",
                .. gone.Select(a => $"address delete {a} dev {_bridge}"),
                .. layout.Addresses.Select(a => $"address replace {a} dev {_bridge}{(a.Contains(':', StringComparison.Ordinal) ? " nodad" : " brd +")}"),
                $"link set dev {_bridge} up",
            ],
            ct);
    }

    // Routers ignore router advertisements, unless told that they are to heed them all the same: without that the host
    // would lose its own way out as soon as it routes for machines.
    private void NeedOfHost()
    {
        List<(string Name, string Value)> needs = [("net/ipv4/ip_forward", "1")];
        if (_routed6)
        {
            needs.AddRange(_host.Sysctls.OfInterfaces("ipv6", "accept_ra")
                .Where(s => _host.Sysctls.Read(s) is "1" && !IsMachinePort(s)).Select(s => (s, "2")));
            needs.Add(("net/ipv6/conf/all/forwarding", "1"));
        }

        _host.Sysctls.Need(Name, needs);

        static bool IsMachinePort(string setting) => setting.Split('/')[3] is ['q', .. { Length: Core.Instances.Uid.Length } uid, _] && Core.Instances.Uid.Is(uid);
    }

    // Machines that run have their ports already; a bridge that was deleted under them, or made anew, has lost them.
    private async Task RestorePortsAsync(BridgeLayout layout, CancellationToken ct)
    {
        List<NicRequest> live;
        lock (_members)
        {
            live = [.. _live.Values];
        }

        if (live.Count > 0)
        {
            var links = (await _host.Links.ListAsync(ct)).ToDictionary(l => l.Name);
            List<string> lost = [.. live.Where(n => links.TryGetValue(n.Tap, out var tap) && tap.Master != _bridge)
                .Select(n => $"link set dev {n.Tap} master {_bridge} up")];
            if (lost.Count > 0)
            {
                await _host.Links.ChangeAsync(lost, ct);
            }
        }

        await _host.Ports.SetNetworkAsync(
            new FirewallNetwork(Name, _bridge, IsOurs: true, layout.Subnet, layout.Gateway, layout.Subnet6, layout.Gateway6, _settings.Isolated) { BridgeMac = layout.Mac },
            live,
            ct);
    }
}
