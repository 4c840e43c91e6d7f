using System.Diagnostics;
using System.Text.Json.Nodes;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Bench;

/// <summary>Lists instances: the first page, or page after page to the last.</summary>
internal sealed class Lists(Target target)
{
    /// <summary>page_size (0: the server's), all.</summary>
    public async Task<JsonObject> RunAsync(JsonObject command)
    {
        var request = new ListRequest { PageSize = (uint?)command["page_size"] ?? 0 };
        var count = 0;
        var start = Stopwatch.GetTimestamp();
        do
        {
            var page = await target.Client().ListAsync(request);
            count += page.Instances.Count;
            request.PageToken = page.NextPageToken;
        }
        while ((bool?)command["all"] == true && request.PageToken.Length > 0);

        return new JsonObject { ["ms"] = Stopwatch.GetElapsedTime(start).TotalMilliseconds, ["count"] = count };
    }
}
