using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.CommandLine;
using Qvmc.Qemu.Machines;
using Qvmc.Qemu.Networks;
using Qvmc.Qemu.Networks.User;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Changes;

/// <summary>
/// Takes a step of the interfaces of a machine that runs: at the host's networks and in QEMU. It looks first at what QEMU
/// has, so that a step that was half taken leads to the same.
/// </summary>
/// <param name="session">The machine.</param>
/// <param name="networks">The host's networks.</param>
/// <param name="nics">The interfaces that its run has, or may have.</param>
/// <param name="layout">How they are placed.</param>
/// <param name="time">The time.</param>
internal sealed class NicChange(MachineSession session, NetworkTable networks, IReadOnlyList<MachineNic> nics, uint layout, TimeProvider time)
{
    // A guest lets go of an interface when it likes; mostly within a second.
    private static readonly TimeSpan DeletionLimit = TimeSpan.FromSeconds(15);

    /// <summary>Puts one in, without port forwards.</summary>
    internal async Task PlugAsync(uint slot, CancellationToken ct)
    {
        var nic = Find(slot);
        var request = nic.Request with { Forwards = [] };
        var inventory = await NicInventory.ReadAsync(session, ct);
        if (inventory.Devices.Contains(NicArguments.DeviceOf(slot)))
        {
            // An earlier daemon came as far as that. Its networks have known of the interface since this one started.
            return;
        }

        await RemoveBackendAsync(inventory, request, ct);
        var attachment = await networks.Get(nic.Network).AttachAsync(request, ct);
        try
        {
            await session.CommandAsync("netdev_add", attachment.Netdev, ct: ct);
            await session.CommandAsync("device_add", new NicArguments(attachment.Netdev, request.Mac, slot, request.Queues).DeviceArguments(layout), ct: ct);
        }
        catch (QmpCommandException)
        {
            await RemoveBackendAsync(await NicInventory.ReadAsync(session, ct), request, ct);
            await attachment.DetachAsync();
            throw;
        }
    }

    /// <summary>Takes one out. From the first moment on nothing passes it any more.</summary>
    internal async Task UnplugAsync(uint slot, CancellationToken ct)
    {
        var nic = Find(slot);
        var device = NicArguments.DeviceOf(slot);
        if ((await NicInventory.ReadAsync(session, ct)).Devices.Contains(device))
        {
            await session.CommandAsync("set_link", new JsonObject { ["name"] = device, ["up"] = false }, ct: ct);
            var deleted = session.DeletionOf(device);
            try
            {
                await AskForAsync(device, ct);
                await deleted.WaitAsync(DeletionLimit, time, ct);
            }
            catch (TimeoutException)
            {
                throw new FaultException(
                    FaultCode.Timeout,
                    $"the guest has not let go of it within {DeletionLimit.TotalSeconds:0} s, since it boots, stands still or can't; it is off the network already, and goes when the guest lets go, or when the machine is restarted");
            }
        }

        await RemoveBackendAsync(await NicInventory.ReadAsync(session, ct), nic.Request, ct);
        if (nic.Driver is { } driver)
        {
            await driver.ReleaseAsync(nic.Request, CancellationToken.None);
        }
    }

    /// <summary>Lets ports of the host lead to one.</summary>
    internal async Task SetForwardsAsync(uint slot, IReadOnlyList<PortForward> forwards, CancellationToken ct)
    {
        if (slot == 0)
        {
            throw MachineNic.NoForwards();
        }

        var nic = Find(slot);
        var request = nic.Request with { Forwards = forwards };
        var driver = networks.Get(nic.Network);
        await (driver is UserNetworkDriver user
            ? user.SetForwardsAsync(request, command => session.HumanCommandAsync(command, ct))
            : driver.SetForwardsAsync(request, ct));
    }

    private MachineNic Find(uint slot) => nics.First(n => n.Request.Slot == slot);

    // Whoever asked before us has to wait for the guest like ourselves; it may also just have let go.
    private async Task AskForAsync(string device, CancellationToken ct)
    {
        try
        {
            await session.CommandAsync("device_del", new JsonObject { ["id"] = device }, ct: ct);
        }
        catch (QmpCommandException e) when (e.Description.Contains("in the process of unplug", StringComparison.Ordinal))
        {
        }
        catch (QmpCommandException)
        {
            if ((await NicInventory.ReadAsync(session, ct)).Devices.Contains(device))
            {
                throw;
            }

            session.ForgetDeletionOf(device);
        }
    }

    private async Task RemoveBackendAsync(NicInventory inventory, NicRequest request, CancellationToken ct)
    {
        if (inventory.Netdevs.Contains(request.Netdev))
        {
            await session.CommandAsync("netdev_del", new JsonObject { ["id"] = request.Netdev }, ct: ct);
        }
    }
}
