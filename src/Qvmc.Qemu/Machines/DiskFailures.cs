using System.Text.Json;

namespace Qvmc.Qemu.Machines;

/// <summary>Reads and writes of one disk that have failed on the host, and that its guest was told of.</summary>
/// <param name="Node">QEMU's name of its contents: "disk0", "data-NAME", "seed0", "cd-...".</param>
/// <param name="Reads">How many reads.</param>
/// <param name="Writes">How many writes and flushes.</param>
internal sealed record DiskFailures(string Node, long Reads, long Writes)
{
    /// <summary>Those that an answer to <c>query-blockstats</c> counts (qapi/block-core.json: BlockDeviceStats).</summary>
    internal static IReadOnlyList<DiskFailures> Of(JsonElement stats) =>
    [
        .. stats.EnumerateArray()
            .Select(s => new DiskFailures(
                s.TryGetProperty("node-name", out var node) ? node.GetString() ?? "" : "",
                Count(s, "failed_rd_operations"),
                Count(s, "failed_wr_operations") + Count(s, "failed_flush_operations")))
            .Where(f => f.Reads + f.Writes > 0),
    ];

    private static long Count(JsonElement device, string counter) =>
        device.TryGetProperty("stats", out var stats) && stats.TryGetProperty(counter, out var count) && count.TryGetInt64(out var number) ? number : 0;

    /// <summary>The disk as people name it.</summary>
    internal static string NameOf(string node) => node switch
    {
        "disk0" => "the first disk",
        "seed0" => "the seed volume",
        _ when node.StartsWith("data-", StringComparison.Ordinal) => $"data disk \"{node["data-".Length..]}\"",
        _ when node.StartsWith("cd-", StringComparison.Ordinal) => "a CD",
        _ => $"\"{node}\"",
    };

    /// <summary>"of the first disk 3 writes and 1 read have failed".</summary>
    internal string Sentence
    {
        get
        {
            string[] parts = [.. new[] { Of(Writes, "write"), Of(Reads, "read") }.OfType<string>()];
            return $"of {NameOf(Node)} {string.Join(" and ", parts)} failed on the host";
        }
    }

    private static string? Of(long count, string what) => count switch
    {
        0 => null,
        1 => $"1 {what}",
        _ => $"{count} {what}s",
    };
}
