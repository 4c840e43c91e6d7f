using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Bench;

/// <summary>Launches, each timed from the call to the answer, which comes when the condition that is waited for holds.</summary>
internal sealed class Launches(Target target)
{
    /// <summary>names, image, memory_mib, power (running, paused, stopped), wait (none, running, ready, paused), parallel.</summary>
    public async Task<JsonObject> RunAsync(JsonObject command)
    {
        var client = target.Client();
        var pids = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var spec = new InstanceSpec
        {
            Image = (string)command["image"]!,
            MemoryMib = (uint)command["memory_mib"]!,
            Power = System.Enum.Parse<PowerState>((string?)command["power"] ?? "running", ignoreCase: true),
        };
        var wait = (string?)command["wait"] is { } word and not "none" ? System.Enum.Parse<WaitCondition>(word, ignoreCase: true) : WaitCondition.Unspecified;
        var answer = await Parallel.ForEachAsync(command, async name =>
        {
            var response = await client.LaunchAsync(new LaunchRequest
            {
                Name = name,
                Spec = spec.Clone(),
                Wait = wait,
                Timeout = Duration.FromTimeSpan(TimeSpan.FromMinutes(20)),
            });
            pids[name] = response.Instance.Status.Pid;
        });
        answer["pids"] = new JsonArray([.. command["names"]!.AsArray().Select(n => (JsonNode)pids[(string)n!])]);
        return answer;
    }
}
