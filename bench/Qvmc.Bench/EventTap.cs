using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Qvmc.Bench;

/// <summary>
/// A client of the gateway's server-sent events, which notes when each came. The time is the kernel's monotonic clock
/// in nanoseconds, which is the same for every process.
/// </summary>
internal sealed class EventTap(Target target) : IDisposable
{
    private readonly Channel<(long Time, JsonNode Instance)> _seen = Channel.CreateUnbounded<(long, JsonNode)>();
    private CancellationTokenSource? _end;
    private Task _reading = Task.CompletedTask;

    /// <summary>Connects; answers when all that was there has been told.</summary>
    public async Task<JsonObject> BeginAsync(JsonObject command)
    {
        _end = new CancellationTokenSource();
        var synced = new TaskCompletionSource();
        _reading = ReadAsync(synced, _end.Token);
        await await Task.WhenAny(synced.Task, _reading);
        return [];
    }

    /// <summary>name, state: waits until it is told that the instance is in that state; answers with when that came.</summary>
    public async Task<JsonObject> NextAsync(JsonObject command)
    {
        var (name, state) = ((string)command["name"]!, (string)command["state"]!);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var (time, instance) = await _seen.Reader.ReadAsync(limit.Token);
            if ((string?)instance["name"] == name && (string?)instance["status"]?["state"] == state)
            {
                return new JsonObject { ["at_ns"] = time };
            }
        }
    }

    /// <summary>Disconnects.</summary>
    public async Task<JsonObject> EndAsync(JsonObject command)
    {
        await _end!.CancelAsync();
        await ((Task)_reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return [];
    }

    /// <inheritdoc/>
    public void Dispose() => _end?.Dispose();

    private async Task ReadAsync(TaskCompletionSource synced, CancellationToken ct)
    {
        using var response = await target.Http().GetAsync("/v1/events", HttpCompletionOption.ResponseHeadersRead, ct);
        using var lines = new StreamReader(await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(ct));
        while (await lines.ReadLineAsync(ct) is { } line)
        {
            var now = Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency);
            if (line == "event: synced")
            {
                synced.TrySetResult();
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal) && JsonNode.Parse(line["data: ".Length..])?["instance"] is { } instance)
            {
                _seen.Writer.TryWrite((now, instance));
            }
        }
    }
}
