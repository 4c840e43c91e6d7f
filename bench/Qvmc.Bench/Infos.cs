using System.Diagnostics;
using System.Text.Json.Nodes;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Bench;

/// <summary>Asks about one instance again and again, by as many callers as are wanted, each with its own connection.</summary>
internal sealed class Infos(Target target)
{
    /// <summary>name, callers, calls (of all together), http.</summary>
    public async Task<JsonObject> RunAsync(JsonObject command)
    {
        var name = (string)command["name"]!;
        var callers = (int)command["callers"]!;
        var each = Math.Max(1, (int)command["calls"]! / callers);
        Func<int, Task> call = (bool?)command["http"] == true
            ? async caller => await target.Http(caller).GetByteArrayAsync($"/v1/instances/{name}")
            : async caller => await target.Client(caller).InfoAsync(new InfoRequest { Name = name });
        for (var caller = 0; caller < callers; caller++)
        {
            // The connection is made, and the code is there.
            await call(caller);
        }

        var times = new double[callers][];
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var own = times[caller] = new double[each];
            for (var i = 0; i < each; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await call(caller);
                own[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        })));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        double[] all = [.. times.SelectMany(t => t).Order()];
        return new JsonObject
        {
            ["per_s"] = all.Length / seconds,
            ["p50_ms"] = all[all.Length / 2],
            ["p99_ms"] = all[all.Length * 99 / 100],
            ["calls"] = all.Length,
        };
    }
}
