using System.Text.Json.Nodes;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Qemu.Networks.Vmnet;

/// <summary>What QEMU is told of an interface on vmnet (qapi/net.json: NetdevVmnetSharedOptions and its like, QEMU 7.1).</summary>
internal static class VmnetArguments
{
    /// <summary>The value of <c>-netdev</c>.</summary>
    internal static JsonObject Of(VmnetNetwork settings, string id)
    {
        var netdev = new JsonObject
        {
            ["type"] = settings.Mode switch
            {
                VmnetMode.Bridged => "vmnet-bridged",
                VmnetMode.Host => "vmnet-host",
                _ => "vmnet-shared",
            },
            ["id"] = id,
        };
        if (settings.Mode == VmnetMode.Bridged)
        {
            netdev["ifname"] = settings.Interface;
        }

        // QEMU takes the three together or not at all.
        if (settings.Start.Length > 0)
        {
            netdev["start-address"] = settings.Start;
            netdev["end-address"] = settings.End;
            netdev["subnet-mask"] = settings.Mask;
        }

        if (settings.Isolated)
        {
            netdev["isolated"] = true;
        }

        return netdev;
    }
}
