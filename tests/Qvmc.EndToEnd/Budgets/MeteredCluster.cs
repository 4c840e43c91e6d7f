using System.Globalization;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd.Budgets;

/// <summary>A cluster whose daemons tell what they did.</summary>
public sealed class MeteredCluster : TestCluster
{
    private readonly HttpClient _http = new();
    private readonly int _qemuPort, _controllerPort;

    public MeteredCluster()
        : this(FreePort(), FreePort())
    {
    }

    private MeteredCluster(int qemuPort, int controllerPort)
        : base(Metrics(qemuPort), Metrics(controllerPort))
    {
        (_qemuPort, _controllerPort) = (qemuPort, controllerPort);
    }

    /// <summary>How many calls of a method the qemu daemon has answered.</summary>
    public async Task<long> CallsAsync(string method) =>
        await ReadAsync($"http://127.0.0.1:{_qemuPort}", "http_server_request_duration_seconds_count{", $"QemuService/{method}\"");

    /// <summary>Bytes that the controller has ever allocated.</summary>
    public Task<long> ControllerBytesAsync() => ReadAsync($"http://127.0.0.1:{_controllerPort}", "dotnet_gc_heap_total_allocated_bytes_total", "");

    /// <summary>Bytes that the gateway has ever allocated.</summary>
    public Task<long> GatewayBytesAsync() => ReadAsync(HttpAddress, "dotnet_gc_heap_total_allocated_bytes_total", "");

    /// <summary>Asks about an instance so often, over HTTP.</summary>
    public async Task AskAsync(string name, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await _http.GetByteArrayAsync($"{HttpAddress}/v1/instances/{name}");
        }
    }

    public override Task DisposeAsync()
    {
        _http.Dispose();
        return base.DisposeAsync();
    }

    // What a metric's lines of that mark add up to.
    private async Task<long> ReadAsync(string address, string metric, string mark) =>
        (await _http.GetStringAsync($"{address}/metrics")).Split('\n')
            .Where(line => line.StartsWith(metric, StringComparison.Ordinal) && line.Contains(mark, StringComparison.Ordinal))
            .Sum(line => (long)double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));

    private static string Metrics(int port) => $$"""
        "metrics": { "address": "http://127.0.0.1:{{port}}" },
        """;
}
