using System.Text.Json.Nodes;
using Grpc.Core;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Bench;

/// <summary>Waits until the controller knows of so many instances how they are.</summary>
internal sealed class Knowledge(Target target)
{
    /// <summary>count, state.</summary>
    public async Task<JsonObject> RunAsync(JsonObject command)
    {
        var count = (int)command["count"]!;
        var state = Enum.Parse<State>((string)command["state"]!, ignoreCase: true);
        var known = new HashSet<string>(StringComparer.Ordinal);
        using var watch = target.Client().Watch(new WatchRequest());
        while (known.Count < count && await watch.ResponseStream.MoveNext())
        {
            if (watch.ResponseStream.Current.Instance is not { } instance)
            {
                continue;
            }

            _ = instance.Status.State == state ? known.Add(instance.Name) : known.Remove(instance.Name);
        }

        return new JsonObject { ["known"] = known.Count };
    }
}
