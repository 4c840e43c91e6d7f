using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>
/// Gives leases back in the name of those who had them: dnsmasq forgets a lease at its client's word only, and gives its
/// address to nobody else before its end. By the programs of the package dnsmasq-utils.
/// </summary>
internal sealed class LeaseRelease(string release, string release6, TimeProvider time)
{
    private readonly NetTool _tool = new(release, "dnsmasq-utils", time), _tool6 = new(release6, "dnsmasq-utils", time);

    /// <summary>The programs are installed that this takes.</summary>
    internal bool Can(IEnumerable<LeaseLine> leases) => leases.Select(l => l.IsIpv6 ? release6 : release).Distinct().All(p => NetTool.Find(p) is not null);

    /// <summary>
    /// Tells the server so. Whether it has listened, its lease file says, and nothing else: the program for IPv6 waits for an
    /// answer that may be lost, asks again, and fails because what it gave back at first is not there any more.
    /// </summary>
    internal async Task TellAsync(string bridge, string? serverId, LeaseLine lease, CancellationToken ct)
    {
        try
        {
            var address = lease.Address.ToString();
            _ = lease.IsIpv6
                ? await _tool6.TryRunAsync(["--iface", bridge, "--client-id", lease.Client, "--server-id", serverId ?? "", "--iaid", lease.Holder, "--ip", address], "", ct)
                : await _tool.TryRunAsync([bridge, address, lease.Holder, lease.Client], "", ct);
        }
        catch (Exception e) when (e is FaultException or OperationCanceledException)
        {
            // The lease is there still; or gone, and the program not waited for.
        }
    }
}
