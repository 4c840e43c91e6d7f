using System.Diagnostics;
using System.Text.Json.Nodes;
using Grpc.Core;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Bench;

/// <summary>Removals by force; the time of all is until the last is gone, as a watch tells.</summary>
internal sealed class Deletions(Target target)
{
    /// <summary>names, parallel.</summary>
    public async Task<JsonObject> RunAsync(JsonObject command)
    {
        var left = command["names"]!.AsArray().Select(n => (string)n!).ToHashSet(StringComparer.Ordinal);
        using var watch = target.Client(1).Watch(new WatchRequest());
        while (await watch.ResponseStream.MoveNext() && watch.ResponseStream.Current.Type != WatchEventType.Synced)
        {
        }

        var gone = GoneAsync(watch.ResponseStream, left);
        var began = Stopwatch.GetTimestamp();
        var answer = await Parallel.ForEachAsync(command, async name => await target.Client().DeleteAsync(new DeleteRequest { Name = name, Force = true }));
        await gone;
        answer["wall_ms"] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return answer;
    }

    private static async Task GoneAsync(IAsyncStreamReader<WatchResponse> responses, HashSet<string> left)
    {
        while (left.Count > 0 && await responses.MoveNext())
        {
            if (responses.Current.Type == WatchEventType.Deleted)
            {
                left.Remove(responses.Current.Instance.Name);
            }
            else if (responses.Current.Type == WatchEventType.Resync)
            {
                throw new InvalidOperationException("changes were missed");
            }
        }
    }
}
