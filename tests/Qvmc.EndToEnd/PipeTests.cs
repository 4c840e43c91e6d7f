using System.Diagnostics;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>The client among other commands.</summary>
public sealed class PipeTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task AWatchEndsWhenNobodyReadsItAnyMore()
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", $"'{Binaries.Qvmc}' watch | head -n 1; exit ${{PIPESTATUS[0]}}"])
        {
            RedirectStandardOutput = true,
            Environment = { ["QVMC_ENDPOINT"] = $"unix://{cluster.Root}/controller.sock" },
        })!;
        var first = await shell.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains("SYNCED", first, StringComparison.Ordinal);

        // What happens next is what finds the pipe broken.
        (await cluster.QvmcAsync("launch", "piped", "--image", "tiny", "--no-start")).Expect();
        await shell.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(141, shell.ExitCode);
        (await cluster.QvmcAsync("delete", "piped")).Expect();
    }
}
