using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Bench;

/// <summary>Stops by force, each timed until there is no process.</summary>
internal sealed class Stops(Target target)
{
    /// <summary>names, parallel.</summary>
    public Task<JsonObject> RunAsync(JsonObject command) => Parallel.ForEachAsync(command, async name => await target.Client().StopAsync(new StopRequest
    {
        Name = name,
        Policy = new StopPolicy { Force = true },
        Wait = WaitCondition.Stopped,
        Timeout = Duration.FromTimeSpan(TimeSpan.FromMinutes(5)),
    }));
}
