using System.Net;
using Qvmc.Core.Faults;
using Qvmc.Protos.Network.V1;
using Qvmc.Qemu.Networks.Links;

namespace Qvmc.Qemu.Networks.Bridge;

// Which subnets the network has. They must not be in anybody's way when it is raised; what comes later and collides
// with one that machines are using is told, and not more.
internal sealed partial class BridgeNetworkDriver
{
    /// <inheritdoc/>
    public Task LookAsync(CancellationToken ct) => LockedAsync(
        async () =>
        {
            if (_state == NetworkState.Down || _layout is not { } layout || _state == NetworkState.Failed)
            {
                return;
            }

            try
            {
                if (await _host.Links.FindAsync(_bridge, ct) is not { } link || !IsOurs(link))
                {
                    LogTrouble(_host.Log, Name, $"{_bridge} was deleted: making it anew");
                    await RaiseAsync(ct);
                    return;
                }

                if (layout.Subnet6 is not null && !_settings.Isolated && _routed6 != await _host.Links.HasDefaultRoute6Async(ct))
                {
                    await RaiseAsync(ct);
                }

                var occupied = await OccupiedAsync(ct);
                var warning = (AddressSpace.Collision(layout.Subnet, occupied) ?? (layout.Subnet6 is { } subnet6 ? AddressSpace.Collision(subnet6, occupied) : null)) is { } collision
                    ? $"{collision.By} collides with its subnet: machines here and what is there can't reach each other"
                    : "";
                if (warning.Length > 0 && warning != _warning)
                {
                    LogTrouble(_host.Log, Name, warning);
                }

                _warning = warning;
            }
            catch (FaultException e)
            {
                LogTrouble(_host.Log, Name, e.Message);
            }
        },
        ct);

    private Task<IReadOnlyList<Occupied>> OccupiedAsync(CancellationToken ct) => _host.Space.OccupiedAsync(
        _bridge, _host.Subnets.Where(s => s.Key != Name).SelectMany(s => s.Value.Select(subnet => (s.Key, subnet))), ct);

    private async Task<NetworkChoices> ChooseAsync(NetworkChoices choices, HostLink? link, CancellationToken ct)
    {
        var occupied = await OccupiedAsync(ct);
        choices = choices with { Mac = choices.Mac.Length > 0 ? choices.Mac : BridgeLayout.RandomMac() };
        choices = choices with { Subnet = Choose(choices.Subnet, _settings.Subnet, link, occupied, () => SubnetChoice.Choose4(occupied)) };
        return WantsIpv6
            ? choices with { Subnet6 = Choose(choices.Subnet6, _settings.Subnet6, link, occupied, () => SubnetChoice.Choose6(occupied)) }
            : choices;
    }

    private IPNetwork Choose(IPNetwork? before, string configured, HostLink? link, IReadOnlyList<Occupied> occupied, Func<IPNetwork> choose)
    {
        var isAuto = configured is "" or "auto";
        var wanted = isAuto ? before : IPNetwork.Parse(configured);
        if (wanted is not { } subnet)
        {
            return choose();
        }

        if (AddressSpace.Collision(subnet, occupied) is not { } collision)
        {
            return subnet;
        }

        // It was there before whatever collides with it now.
        if (link is not null && link.Addresses.Contains(new LinkAddress(Subnets.Gateway(subnet), subnet.PrefixLength)))
        {
            return subnet;
        }

        bool isUsed;
        lock (_members)
        {
            isUsed = _reserved.Values.Any(n => (n.Ipv4 is { } a && subnet.Contains(a)) || (n.Ipv6 is { } b && subnet.Contains(b)));
        }

        return isAuto && !isUsed ? choose() : throw new FaultException(
            FaultCode.FailedPrecondition,
            isAuto
                ? $"its subnet {subnet}, in which machines have their addresses, collides with {collision.By}: free it, or configure another subnet"
                : $"its subnet {subnet} collides with {collision.By}: configure another, or \"auto\"");
    }
}
