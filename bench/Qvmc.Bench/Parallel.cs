using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Qvmc.Bench;

/// <summary>Does one thing for each of many names, several at a time, and times each and all.</summary>
internal static class Parallel
{
    /// <summary>Does it; <c>ms</c> of the answer are in the order of the names.</summary>
    public static async Task<JsonObject> ForEachAsync(JsonObject command, Func<string, Task> action)
    {
        var names = command["names"]!.AsArray().Select(n => (string)n!).ToList();
        var times = new double[names.Count];
        var queue = new ConcurrentQueue<int>(Enumerable.Range(0, names.Count));
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, (int?)command["parallel"] ?? 1).Select(async _ =>
        {
            while (queue.TryDequeue(out var index))
            {
                var start = Stopwatch.GetTimestamp();
                await action(names[index]);
                times[index] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }));
        return new JsonObject
        {
            ["wall_ms"] = Stopwatch.GetElapsedTime(began).TotalMilliseconds,
            ["ms"] = new JsonArray([.. times.Select(t => (JsonNode)t)]),
        };
    }
}
