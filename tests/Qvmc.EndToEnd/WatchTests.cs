using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>A browser's way to follow instances: it is cut off again and again and comes back with the last id that it saw.</summary>
public sealed class WatchTests(TestCluster cluster) : IClassFixture<TestCluster>, IDisposable
{
    private const int Changes = 150;

    private readonly HttpClient _http = new() { BaseAddress = new Uri(cluster.HttpAddress), Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task WhoIsCutOffAtRandomSeesEachChangeOnceAndInOrder()
    {
        (await cluster.QvmcAsync("launch", "seen", "--image", "tiny", "--no-start", "--label", "step=0")).Expect();
        var (seen, ids) = (new List<int>(), new List<long>());
        Task? writing = null;
        string? last = null;
        var cuts = 0;
        while (seen.LastOrDefault() < Changes)
        {
            await foreach (var item in EventsAsync(last, Random.Shared.Next(1, 12)))
            {
                Assert.NotEqual("resync", item.EventType);
                last = item.EventId ?? last;
                if (item.EventType == "synced")
                {
                    writing ??= WriteAsync(1, Changes);
                }

                if (item.EventType == "changed")
                {
                    ids.Add(long.Parse(item.EventId!.Split('-')[1], CultureInfo.InvariantCulture));
                    seen.Add(StepOf(item.Data));
                    if (seen[^1] == Changes)
                    {
                        break;
                    }
                }
            }

            // The gateway may go meanwhile: it holds nothing.
            if (++cuts == 5)
            {
                await cluster.Gateway.KillAsync();
                await cluster.Gateway.StartAsync();
            }
        }

        await writing!;
        Assert.True(cuts > 5, "it was not cut off");

        // The only instance there is: its events are all there are.
        Assert.Equal(Enumerable.Range(0, ids.Count).Select(i => ids[0] + i), ids);
        Assert.Equal(Enumerable.Range(seen[0], Changes - seen[0] + 1), seen.Distinct());
        Assert.Equal(seen.Order(), seen);

        // What was before a restart of the controller nobody knows: that is said, with why.
        await cluster.Controller.KillAsync();
        await cluster.Controller.StartAsync();
        var told = new List<SseItem<string>>();
        await foreach (var item in EventsAsync(last, 1))
        {
            told.Add(item);
        }

        var resync = Assert.Single(told);
        Assert.Equal(("resync", ""), (resync.EventType, resync.EventId ?? ""));
        Assert.Contains("the controller has started since", JsonElement.Parse(resync.Data).GetProperty("message").GetString(), StringComparison.Ordinal);
        (await cluster.QvmcAsync("delete", "seen")).Expect();
    }

    // One after another; a gateway that was killed meanwhile is asked again.
    private async Task WriteAsync(int first, int last)
    {
        for (var step = first; step <= last;)
        {
            using var body = new StringContent($$$"""{"labels":{"step":"{{{step}}}"}}""", Encoding.UTF8, "application/json");
            try
            {
                using var answer = await _http.PatchAsync("/v1/instances/seen", body);
                step += answer.IsSuccessStatusCode ? 1 : 0;
            }
            catch (HttpRequestException)
            {
                await Task.Yield();
            }
        }
    }

    // At most so many, and then the connection is cut.
    private async IAsyncEnumerable<SseItem<string>> EventsAsync(string? last, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (last is not null)
        {
            request.Headers.Add("Last-Event-ID", last);
        }

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        var parser = SseParser.Create(await response.Content.ReadAsStreamAsync(limit.Token));
        await foreach (var item in parser.EnumerateAsync(limit.Token))
        {
            yield return item;
            if (--count == 0)
            {
                break;
            }
        }
    }

    private static int StepOf(string data) =>
        int.Parse(JsonElement.Parse(data).GetProperty("instance").GetProperty("labels").GetProperty("step").GetString()!, CultureInfo.InvariantCulture);
}
