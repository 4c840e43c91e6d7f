using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Qvmc.EndToEnd.Cluster;
using Qvmc.Testing.Namespaces;

namespace Qvmc.EndToEnd.Networks;

/// <summary>A controller that is killed amid launches: what was answered is so, and nothing else is reserved.</summary>
public sealed class ReservationCrashTests(NetworkCluster cluster) : IClassFixture<NetworkCluster>, IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(cluster.HttpAddress), Timeout = TimeSpan.FromMinutes(1) };

    // Three rounds of them have addresses enough.
    private const int Launches = 15;

    [NamespaceFact]
    public async Task AControllerKilledAmidLaunchesLeavesNoAddressReservedForNobody()
    {
        for (var round = 0; round < 3; round++)
        {
            var promised = await KillAmidAsync(round);
            var networks = await JsonAsync("network", "list", "-o", "json");
            var instances = (await JsonAsync("list", "-o", "json")).EnumerateArray().ToList();
            var addresses = instances.ToDictionary(i => i.GetProperty("name").GetString()!, i => i.GetProperty("status").GetProperty("nics")[0].GetProperty("ipv4").GetString()!);
            Assert.All(promised, p => Assert.Equal(p.Value, addresses[p.Key]));
            Assert.Equal(instances.Count, addresses.Values.Distinct().Count());
            Assert.Equal(instances.Count, networks.EnumerateArray().Single(n => n.GetProperty("name").GetString() == "lan").GetProperty("addressesUsed").GetInt32());
        }

        (await cluster.QvmcAsync("delete", "--all", "--yes", "--force")).Expect();
        var after = (await JsonAsync("network", "list", "-o", "json")).EnumerateArray().Single(n => n.GetProperty("name").GetString() == "lan");
        Assert.False(after.TryGetProperty("addressesUsed", out var left) && left.GetInt32() > 0);
    }

    private async Task<IReadOnlyDictionary<string, string>> KillAmidAsync(int round)
    {
        var promised = new ConcurrentDictionary<string, string>();
        using var some = new SemaphoreSlim(0);
        var launches = Enumerable.Range(0, Launches).Select(async i =>
        {
            var name = $"r{round}-{i}";
            if (await LaunchAsync(name) is { } address)
            {
                promised[name] = address;
                some.Release();
            }
        }).ToList();
        for (var i = 0; i < 4; i++)
        {
            Assert.True(await some.WaitAsync(TimeSpan.FromSeconds(60)));
        }

        await cluster.Controller.KillAsync();
        await Task.WhenAll(launches);
        await cluster.Controller.StartAsync();
        return promised;
    }

    public void Dispose() => _http.Dispose();

    // The address that was promised; null: nothing was.
    private async Task<string?> LaunchAsync(string name)
    {
        try
        {
            using var body = new StringContent($$"""{"name": "{{name}}", "spec": {"image": "tiny", "memoryMib": 64, "power": "POWER_STATE_STOPPED"} }""", Encoding.UTF8, "application/json");
            using var response = await _http.PostAsync("/v1/instances", body);
            if (!response.IsSuccessStatusCode)
            {
                return null;
            }

            using var instance = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            return instance.RootElement.GetProperty("status").GetProperty("nics")[0].GetProperty("ipv4").GetString();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task<JsonElement> JsonAsync(params string[] arguments) => (await cluster.QvmcAsync(arguments)).Expect().Json;
}
