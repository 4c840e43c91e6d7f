using System.Globalization;
using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Qemu.Networks.Links;

namespace Qvmc.Qemu.Networks.Taps;

/// <summary>
/// Machines' TAPs: ports of a bridge on the host's side, and on the other side QEMU, which opens them by name. They are
/// persistent, so that no descriptor has to be handed over, and belong to the user that QEMU runs as.
/// </summary>
internal sealed class TapPorts(HostLinks links, BridgePorts ports, TapOwner owner)
{
    /// <summary>Makes a machine's TAP, a port of the bridge.</summary>
    /// <exception cref="FaultException">It can't be had, or its rules can't; nothing of it is left.</exception>
    internal async Task<INicAttachment> AttachAsync(string network, string bridge, uint mtu, NicRequest nic, CancellationToken ct)
    {
        await MakeAsync(bridge, mtu, nic, ct);
        try
        {
            await ports.SetAsync(network, nic, ct);
        }
        catch
        {
            await ReleaseAsync(nic, CancellationToken.None);
            throw;
        }

        return new Attachment(this, nic, Netdev(nic));
    }

    /// <summary>Takes a machine's TAP away; its process is gone. May be repeated.</summary>
    internal async Task ReleaseAsync(NicRequest nic, CancellationToken ct)
    {
        // Never a port without its rules.
        await links.DeleteAsync([nic.Tap], ct);
        await ports.RemoveAsync(nic.Tap, ct);
    }

    /// <summary>The commands of <c>ip</c> that make a TAP.</summary>
    internal static IReadOnlyList<string> Commands(string bridge, uint mtu, NicRequest nic, uint userId) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"tuntap add dev {nic.Tap} mode tap user {userId} vnet_hdr{(nic.Queues > 1 ? " multi_queue" : "")}"),
        string.Create(CultureInfo.InvariantCulture, $"link set dev {nic.Tap} alias {LinkMark.OfTap(nic.Uid, nic.Slot)} addrgenmode none mtu {mtu} master {bridge}"),
        $"link set dev {nic.Tap} up",
    ];

    private async Task MakeAsync(string bridge, uint mtu, NicRequest nic, CancellationToken ct)
    {
        var commands = Commands(bridge, mtu, nic, owner.UserId);
        try
        {
            await links.ChangeAsync(commands, ct);
            return;
        }
        catch (FaultException) when (!ct.IsCancellationRequested)
        {
            // Mostly because a rest of an earlier run has the name. What somebody has open belongs to a machine that runs.
            if (await links.FindAsync(nic.Tap, ct) is { } rest)
            {
                if (LinkMark.MachineOf(rest) is null || rest.HasCarrier)
                {
                    throw new FaultException(FaultCode.FailedPrecondition, $"the host's interface {nic.Tap} is in use, or not ours: see \"ip -d link show {nic.Tap}\"");
                }

                await links.DeleteAsync([nic.Tap], ct);
            }
        }

        try
        {
            await links.ChangeAsync(commands, ct);
        }
        catch
        {
            await links.DeleteAsync([nic.Tap], CancellationToken.None);
            throw;
        }
    }

    private JsonObject Netdev(NicRequest nic)
    {
        var netdev = new JsonObject
        {
            ["type"] = "tap",
            ["id"] = nic.Netdev,
            ["ifname"] = nic.Tap,
            ["script"] = "no",
            ["downscript"] = "no",
            ["vhost"] = owner.Vhost,
        };
        if (nic.Queues > 1)
        {
            netdev["queues"] = nic.Queues;
        }

        return netdev;
    }

    private sealed class Attachment(TapPorts taps, NicRequest nic, JsonObject netdev) : INicAttachment
    {
        public JsonObject Netdev => netdev;

        public Task DetachAsync() => taps.ReleaseAsync(nic, CancellationToken.None);
    }
}
