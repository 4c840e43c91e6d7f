using System.Text.Json.Nodes;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Changes;

/// <summary>What a QEMU that runs really has of interfaces.</summary>
/// <param name="Devices">Ids of the devices.</param>
/// <param name="Netdevs">Ids of their backends, with or without a device.</param>
internal sealed record NicInventory(IReadOnlySet<string> Devices, IReadOnlySet<string> Netdevs)
{
    /// <summary>Asks QEMU.</summary>
    internal static async Task<NicInventory> ReadAsync(MachineSession session, CancellationToken ct)
    {
        var devices = await session.CommandAsync("qom-list", new JsonObject { ["path"] = "/machine/peripheral" }, ct: ct);
        return new NicInventory(
            devices.EnumerateArray().Select(d => d.GetProperty("name").GetString()!).ToHashSet(),
            Backends(await session.HumanCommandAsync("info network", ct)));
    }

    /// <summary>Those in QEMU's words: a line each, with a sign in front when it belongs to a device.</summary>
    internal static IReadOnlySet<string> Backends(string words) =>
        words.Split('\n').Select(l => l.Trim(' ', '\\', '\r')).Where(l => l.Contains(':', StringComparison.Ordinal) && !l.Contains(",type=nic,", StringComparison.Ordinal))
            .Select(l => l[..l.IndexOf(':', StringComparison.Ordinal)]).ToHashSet();
}
