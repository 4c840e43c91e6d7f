using System.Globalization;
using System.Security.Cryptography;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>Launches from images that are not here yet, of a catalogue of the operator's.</summary>
public sealed class PullTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const int Kills = 5;

    [Fact]
    public async Task ALaunchComesToItsEndHoweverOftenTheControllerIsKilledWhileItsImageIsPulled()
    {
        var packed = await PackAsync();
        await using var source = await SlowSource.StartAsync(packed, TimeSpan.FromSeconds(6));
        source.HoldAfter = 4 << 20;
        await PublishAsync("slow:1", source.Url, packed);
        (await cluster.QvmcAsync("launch", "pulled", "--image", "slow", "--memory", "128M", "--no-wait")).Expect();
        var image = await ImageAsync("slow:1");
        Assert.Contains(image.GetProperty("state").GetString(), new[] { "IMAGE_STATE_PULLING", "IMAGE_STATE_PREPARING" });
        var status = (await cluster.InfoAsync("pulled")).GetProperty("status");
        Assert.Equal(("STATE_STARTING", "STAGE_IMAGE"), (status.GetProperty("state").GetString(), status.GetProperty("stage").GetString()));

        // Of so much some is on the disk for good: nobody has to begin at the beginning any more.
        await DownloadedAsync("slow:1", 2 << 20);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        try
        {
            for (var i = 0; i < Kills; i++)
            {
                await cluster.Controller.KillAsync();
                source.GoOn();
                await cluster.Controller.StartAsync();

                // At any point: the next kill comes a while after the start before it.
                await Task.Delay(random.Next(50, 1500));
            }

            // And once more when all has come, and an image is made of it.
            await source.Served.WaitAsync(TimeSpan.FromMinutes(2));
            await Task.Delay(random.Next(0, 300));
            await cluster.Controller.KillAsync();
            await cluster.Controller.StartAsync();
            (await cluster.QvmcAsync("wait", "pulled", "--for", "ready")).Expect();
            (await cluster.QvmcAsync("image", "verify", "slow:1")).Expect();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"with seed {seed}, answers from {string.Join(", ", source.Starts)}:\n{cluster.Controller.Log}", e);
        }

        Assert.True(
            source.Starts.Count > 1 && source.Starts.Skip(1).All(start => start > 0),
            $"each controller after the first was to ask for the rest; answers began at {string.Join(", ", source.Starts)} (seed {seed})");
        Assert.Equal("IMAGE_STATE_READY", (await ImageAsync("slow:1")).GetProperty("state").GetString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(cluster.Root, "images", "partial")));
        Assert.Equal("alive\n", (await cluster.QvmcAsync("exec", "pulled", "--", "echo", "alive")).Expect().Output);
        (await cluster.QvmcAsync("delete", "pulled", "--force")).Expect();
        (await cluster.QvmcAsync("image", "delete", "slow:1")).Expect();
        Assert.Single(Directory.EnumerateFileSystemEntries(Path.Combine(cluster.Root, "images", "sha256")));
    }

    [Fact]
    public async Task ALaunchWhoseImageDoesNotComeSaysWhyAndGoesOnWhenItDoes()
    {
        var packed = await PackAsync();
        await using var source = await SlowSource.StartAsync(packed, TimeSpan.FromMilliseconds(100));
        await PublishAsync("gone:1", source.Url.Replace(".xz", ".gz", StringComparison.Ordinal), packed);
        var refused = (await cluster.QvmcAsync("launch", "late", "--image", "gone:1", "--memory", "128M")).Expect(1);
        Assert.Contains("404", refused.Errors, StringComparison.Ordinal);
        var status = (await cluster.InfoAsync("late")).GetProperty("status");
        Assert.Equal(("STATE_FAILED", "ImageFailed"), (status.GetProperty("state").GetString(), status.GetProperty("lastError").GetProperty("reason").GetString()));
        await PublishAsync("gone:1", source.Url, packed);
        (await cluster.QvmcAsync("start", "late")).Expect();
        (await cluster.QvmcAsync("delete", "late", "--force")).Expect();
        (await cluster.QvmcAsync("image", "delete", "gone:1")).Expect();
    }

    // As a publisher would: a raw disk, packed.
    private async Task<string> PackAsync()
    {
        var raw = Path.Combine(cluster.Root, "published.raw");
        if (!File.Exists(raw + ".xz"))
        {
            (await CommandResult.RunAsync("qemu-img", "convert", "-O", "raw", Binaries.TinyImage, raw)).Expect();
            (await CommandResult.RunAsync("xz", "-0", "-T0", raw)).Expect();
        }

        return raw + ".xz";
    }

    private async Task PublishAsync(string name, string url, string packed)
    {
        await using var bytes = File.OpenRead(packed);
        var sum = Convert.ToHexStringLower(await SHA256.HashDataAsync(bytes));
        cluster.WriteCatalogue($$"""
            { "images": [ { "name": "{{name}}", "latest": true, "guest_agent": "GUEST_AGENT_PRESENT", "files": [
                { "arch": "x86_64", "url": "{{url}}", "checksum": "sha256:{{sum}}" } ] } ] }
            """);
    }

    private async Task<System.Text.Json.JsonElement> ImageAsync(string name)
    {
        var json = (await cluster.QvmcAsync("image", "info", name, "--format", "json")).Expect().Json;
        return json.ValueKind == System.Text.Json.JsonValueKind.Array ? json[0] : json;
    }

    private async Task DownloadedAsync(string name, long bytes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!((await ImageAsync(name)).TryGetProperty("progress", out var progress)
            && progress.TryGetProperty("doneBytes", out var done) && long.Parse(done.GetString()!, CultureInfo.InvariantCulture) >= bytes))
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
