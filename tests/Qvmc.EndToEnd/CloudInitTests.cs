using System.Text.Json;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>
/// What is told of a guest's cloud-init. The tiny guest has none: its files are written by hand, in the middle of a real
/// agent, as cloud-init would.
/// </summary>
public sealed class CloudInitTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const string Running = """{"v1": {"datasource": null, "stage": "modules-final"}}""";
    private const string Clean = """{"v1": {"datasource": "DataSourceNoCloud [seed=/dev/sr0]", "errors": []}}""";
    private const string Failed = """{"v1": {"datasource": "DataSourceNoCloud [seed=/dev/sr0]", "errors": ["('scripts_user', RuntimeError('Runparts: 1 failures (runcmd) in 1 attempted commands'))"]}}""";

    [Fact]
    public async Task ItIsFollowedOverRestartsOfTheDaemonAndBeginsAnewWithTheGuest()
    {
        (await cluster.QvmcAsync("launch", "follows", "--image", "tiny", "--memory", "128M", "--user-data", await ScriptAsync($"echo '{Running}' > status.json"))).Expect();
        await WaitAsync("follows", "Running");
        Assert.Contains("Cloud-init: at work: stage modules-final", (await cluster.QvmcAsync("info", "follows")).Expect().Output, StringComparison.Ordinal);

        var wait = cluster.QvmcAsync("wait", "follows", "--for", "cloud-init");
        await cluster.Qemu.KillAsync();
        await cluster.Qemu.StartAsync();
        (await cluster.QvmcAsync("wait", "follows", "--for", "ready")).Expect();
        await WaitAsync("follows", "Running");
        await WriteAsync("follows", $"echo '{Clean}' > new; mv new result.json");
        Assert.Equal("follows is up with cloud-init done\n", (await wait).Expect().Output);
        Assert.Contains("Cloud-init: done", (await cluster.QvmcAsync("info", "follows")).Expect().Output, StringComparison.Ordinal);

        // The agent's own restart is none of the guest's. It can't answer for its own end.
        _ = await cluster.QvmcAsync("exec", "follows", "--timeout", "5s", "--", "sh", "-c", "(sleep 1; kill $(cat /run/qga.pid); /lib/tiny/agent) >/dev/null 2>&1 &");
        await cluster.WaitAsync("follows", s => !Met(s, "CONDITION_TYPE_READY"), "without agent");
        Assert.Equal("Done", Reason((await cluster.InfoAsync("follows")).GetProperty("status")));
        (await cluster.QvmcAsync("wait", "follows", "--for", "ready")).Expect();

        // After a restart /run is empty, and the tiny guest's script has had its one run.
        _ = await cluster.QvmcAsync("exec", "follows", "--timeout", "5s", "--", "sh", "-c", "(sleep 1; reboot -f) >/dev/null 2>&1 &");
        await WaitAsync("follows", null);
        await WaitAsync("follows", "NotFound");
        var none = (await cluster.QvmcAsync("wait", "follows", "--for", "cloud-init")).Expect(4);
        Assert.Contains("instance \"follows\" has no cloud-init in its guest", none.Errors, StringComparison.Ordinal);
        (await cluster.QvmcAsync("delete", "follows", "--force")).Expect();
    }

    [Fact]
    public async Task ALaunchThatWaitsForItEndsWithItsError()
    {
        var script = await ScriptAsync($"cat > result.json <<'END'\n{Failed}\nEND");
        var launch = (await cluster.QvmcAsync("launch", "fails", "--image", "tiny", "--memory", "128M", "--user-data", script, "--for", "cloud-init")).Expect(1);
        Assert.Contains("fails has errors of cloud-init: scripts_user: Runparts: 1 failures (runcmd) in 1 attempted commands", launch.Errors, StringComparison.Ordinal);
        Assert.Equal("STATE_RUNNING", (await cluster.InfoAsync("fails")).GetProperty("status").GetProperty("state").GetString());
        (await cluster.QvmcAsync("delete", "fails", "--force")).Expect();
    }

    [Fact]
    public async Task WhatIsGivenBesideTheUserDataReachesTheSeed()
    {
        (await cluster.QvmcAsync(
            "launch", "given", "--image", "tiny", "--memory", "128M", "--hostname", "db.example.org", "--timezone", "Europe/Berlin", "--package", "jq",
            "--user-data", await ScriptAsync("true"))).Expect();
        Assert.Equal("db.example.org\n", (await cluster.QvmcAsync("exec", "given", "--", "hostname")).Expect().Output);
        var userData = (await cluster.QvmcAsync("exec", "given", "--", "cat", "/mnt/seed/user-data")).Expect().Output;
        Assert.StartsWith("Content-Type: multipart/mixed; boundary=\"qvmc-", userData, StringComparison.Ordinal);
        Assert.Contains("\"timezone\": \"Europe/Berlin\"", userData, StringComparison.Ordinal);
        var refused = (await cluster.QvmcAsync("launch", "refused", "--image", "tiny", "--hostname", "-", "--timezone", "+", "--package", "-y")).Expect(2);
        Assert.Contains("3 fields are at fault", refused.Errors, StringComparison.Ordinal);
        (await cluster.QvmcAsync("delete", "given", "--force")).Expect();
    }

    private static string? Reason(JsonElement status) => Find(status, "CONDITION_TYPE_CLOUD_INIT") is { } condition ? condition.GetProperty("reason").GetString() : null;

    private static bool Met(JsonElement status, string type) => Find(status, type) is { } condition && condition.TryGetProperty("met", out var met) && met.GetBoolean();

    private static JsonElement? Find(JsonElement status, string type) => !status.TryGetProperty("conditions", out var conditions)
        ? null
        : conditions.EnumerateArray().Where(c => c.GetProperty("type").GetString() == type).Select(c => (JsonElement?)c).FirstOrDefault();

    private Task WaitAsync(string name, string? reason) => cluster.WaitAsync(name, s => Reason(s) == reason, $"with cloud-init {reason}");

    private async Task WriteAsync(string name, string commands) =>
        (await cluster.QvmcAsync("exec", name, "--", "sh", "-c", $"cd /run/cloud-init && {commands}")).Expect();

    private async Task<string> ScriptAsync(string commands)
    {
        var path = Path.Combine(cluster.Root, Guid.NewGuid().ToString());
        await File.WriteAllTextAsync(path, $"#!/bin/sh\nmkdir -p /run/cloud-init && cd /run/cloud-init && {commands}\n");
        return path;
    }
}
