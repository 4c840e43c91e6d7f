using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>Imports by the client: the controller's own user hands the file over, others send it.</summary>
public sealed class ImportTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const UnixFileMode Everybody = (UnixFileMode)0b110_110_110;

    [Fact]
    public async Task AFileIsHandedOverAndNotSent()
    {
        var imported = (await cluster.QvmcAsync("image", "import", "handed", Binaries.TinyImage)).Expect();
        Assert.DoesNotContain("sending", imported.Errors, StringComparison.Ordinal);
        (await cluster.QvmcAsync("launch", "handed", "--image", "handed", "--memory", "128M", "--for", "running")).Expect();
        (await cluster.QvmcAsync("delete", "handed", "--force")).Expect();
        (await cluster.QvmcAsync("image", "delete", "handed")).Expect();
    }

    [RootFact]
    public async Task AnotherUserSendsHis()
    {
        var copy = Path.Combine(cluster.Root, "others.qcow2");
        File.Copy(Binaries.TinyImage, copy);
        File.SetUnixFileMode(copy, Everybody);
        File.SetUnixFileMode(Path.Combine(cluster.Root, "controller.sock"), Everybody);
        var sent = (await CommandResult.RunAsync(
            "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
            Binaries.Qvmc, "image", "import", "others", copy, "--endpoint", $"unix://{cluster.Root}/controller.sock")).Expect();
        Assert.Contains("sending", sent.Errors, StringComparison.Ordinal);
        (await cluster.QvmcAsync("image", "delete", "others")).Expect();
    }

    [Fact]
    public async Task AnImportGoesOnWhenTheControllerWasKilledMeanwhile()
    {
        // A hole: long to sum, and little to keep.
        const string digest = "sha256:5c32c2b28999325bc5ad39d6530bcb46fbdf1f86375a991b7269764c50b0d109"; // head -c 6G /dev/zero | sha256sum
        var raw = Path.Combine(cluster.Root, "large.raw");
        await using (var file = new FileStream(raw, FileMode.CreateNew))
        {
            file.SetLength(6L << 30);
        }

        var partial = Path.Combine(cluster.Root, "images", "partial");
        var importing = cluster.QvmcAsync("image", "import", "large", raw, "--format", "raw", "--digest", digest);
        using (var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1)))
        {
            while (!importing.IsCompleted && Directory.GetFiles(partial).Length == 0)
            {
                await Task.Delay(10, limit.Token);
            }
        }

        Assert.False(importing.IsCompleted, "it was read before it could be killed");

        // Until the client has heard of it once, it would take the controller for one that is not there.
        await Task.Delay(TimeSpan.FromSeconds(1));
        await cluster.Controller.KillAsync();
        await cluster.Controller.StartAsync();
        Assert.Contains("trying again", (await importing).Expect().Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(partial));
        (await cluster.QvmcAsync("image", "verify", "large")).Expect();
        (await cluster.QvmcAsync("image", "delete", "large")).Expect();
        File.Delete(raw);
    }
}
