using System.Net;
using System.Net.Sockets;
using Qvmc.Qemu.Networks.Links;

namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>
/// Which addresses the host uses already: its routes, its own addresses, its name servers, its other networks. A
/// subnet of ours that took one of them over would cut the host off from whatever is there.
/// </summary>
internal sealed class AddressSpace(HostLinks links)
{
    // Routes this wide stand for "everything": VPNs lay two of them over the default route.
    private const int WidestRoute = 4;

    // Where the host's name servers are told; the second has those behind systemd-resolved's own.
    private static readonly string[] ResolverFiles = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

    /// <summary>All that is in use, but for what the bridge of the asking network itself brings.</summary>
    /// <param name="bridge">That bridge.</param>
    /// <param name="others">Subnets of the host's other networks, with their names.</param>
    /// <param name="ct">Breaks it off.</param>
    internal async Task<IReadOnlyList<Occupied>> OccupiedAsync(string bridge, IEnumerable<(string Network, IPNetwork Subnet)> others, CancellationToken ct)
    {
        var routes = links.RoutesAsync(ct);
        var all = links.ListAsync(ct);
        return
        [
            .. (await routes).Where(r => r.Device != bridge && r.To.PrefixLength >= WidestRoute && IsPlace(r.To.BaseAddress))
                .Select(r => new Occupied(r.To, $"the host's route to {r.To}{(r.Device.Length > 0 ? $" by {r.Device}" : "")}")),
            .. (await all).Where(l => l.Name != bridge).SelectMany(l => l.Addresses.Where(a => IsPlace(a.Address))
                .Select(a => new Occupied(Single(a.Address), $"the host's address {a.Address} of {l.Name}"))),
            .. NameServers().Select(s => new Occupied(Single(s), $"the host's name server {s}")),
            .. others.Select(o => new Occupied(o.Subnet, $"the network \"{o.Network}\" ({o.Subnet})")),
        ];
    }

    /// <summary>Who uses some of the subnet, or null.</summary>
    internal static Occupied? Collision(IPNetwork subnet, IReadOnlyList<Occupied> occupied)
    {
        foreach (var one in occupied)
        {
            if (Subnets.Overlap(subnet, one.Subnet))
            {
                return one;
            }
        }

        return null;
    }

    private static IEnumerable<IPAddress> NameServers() => ResolverFiles
        .SelectMany(ReadLines)
        .Select(l => l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        .Where(w => w is ["nameserver", _, ..])
        .Select(w => IPAddress.TryParse(w[1].Split('%')[0], out var server) ? server : IPAddress.Loopback)
        .Where(IsPlace);

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // Loopback, link-local and multicast addresses are no place on any network.
    private static bool IsPlace(IPAddress address) => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal && !address.IsIPv6Multicast
        && !(address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [127, ..] or [>= 224, ..]);

    private static IPNetwork Single(IPAddress address) => new(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
}
