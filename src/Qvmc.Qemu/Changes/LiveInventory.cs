using System.Text.Json;
using System.Text.Json.Nodes;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Changes;

/// <summary>What a QEMU that runs really has: whatever an earlier daemon began is seen here, however far it came.</summary>
/// <param name="Nodes">Sizes in bytes of the block nodes, by name.</param>
/// <param name="Devices">Ids of the devices.</param>
internal sealed record LiveInventory(IReadOnlyDictionary<string, long> Nodes, IReadOnlySet<string> Devices)
{
    /// <summary>Asks QEMU.</summary>
    internal static async Task<LiveInventory> ReadAsync(MachineSession session, CancellationToken ct)
    {
        var nodes = await session.CommandAsync("query-named-block-nodes", new JsonObject { ["flat"] = true }, ct: ct);
        var devices = await session.CommandAsync("qom-list", new JsonObject { ["path"] = "/machine/peripheral" }, ct: ct);
        return new LiveInventory(
            nodes.EnumerateArray().ToDictionary(Name, n => n.GetProperty("image").GetProperty("virtual-size").GetInt64()),
            devices.EnumerateArray().Where(IsChild).Select(d => d.GetProperty("name").GetString()!).ToHashSet());
    }

    private static string Name(JsonElement node) => node.GetProperty("node-name").GetString()!;

    private static bool IsChild(JsonElement property) => property.GetProperty("type").GetString()!.StartsWith("child<", StringComparison.Ordinal);
}
