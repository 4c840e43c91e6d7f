using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Qvmc.Core.Drills;
using Qvmc.Faults.Harness;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Faults;

/// <summary>
/// The gateway is killed while the controller is at each step of a call that came through it. It keeps nothing, so it has no
/// steps of its own: its clients ask again, and what they asked for is done once.
/// </summary>
public sealed class GatewayKillTests(FaultCluster cluster) : IClassFixture<FaultCluster>, IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(cluster.HttpAddress), Timeout = FaultCluster.Limit };

    public void Dispose() => _http.Dispose();

    public static TheoryData<FaultStep> Steps =>
    [
        FaultStep.LaunchAdmitted, FaultStep.StoreBegun, FaultStep.StoreWritten, FaultStep.StoreCommitted, FaultStep.LaunchStored, FaultStep.OrderDue,
        FaultStep.OrderTaken, FaultStep.PlacedMarked,
    ];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task WhatItsClientsAskedForIsDoneOnceWhenItDiesAt(FaultStep step)
    {
        var name = $"gateway-{step.ToString().ToLowerInvariant()}";
        cluster.ControllerDrill.Arm(step, FaultAction.Stall);
        var cut = LaunchAsync(name);
        using var limit = new CancellationTokenSource(FaultCluster.Limit);
        while (cluster.ControllerDrill.Acted(step, FaultAction.Stall) == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), limit.Token);
        }

        await cluster.Gateway.KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => cut);
        await cluster.Gateway.StartAsync();
        cluster.ControllerDrill.Disarm();

        var uid = await LaunchAsync(name);
        Assert.Equal(uid, await LaunchAsync(name));
        await Invariants.CheckAsync(cluster);
        Assert.Equal(uid, Assert.Single(await cluster.ListAsync(), i => i.Name == name).Uid);
        await cluster.Client.DeleteAsync(new DeleteRequest { Name = name, Force = true }, FaultCluster.Within());
    }

    private async Task<string> LaunchAsync(string name)
    {
        using var body = new StringContent(
            $$"""{"name":"{{name}}","requestId":"{{name}}","spec":{"image":"{{FaultCluster.BaseImage}}","memoryMib":32,"diskMib":4},"wait":"WAIT_CONDITION_RUNNING"}""",
            Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync("/v1/instances", body);
        var answer = await response.Content.ReadFromJsonAsync<JsonObject>();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{response.StatusCode}: {answer}");
        return (string)answer!["uid"]!;
    }
}
