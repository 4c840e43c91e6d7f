using System.Diagnostics;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks;

/// <summary>What tests of networks stand on.</summary>
public sealed class TestNamespaceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [NamespaceFact]
    public async Task TwoAreJoinedAndWhatRanInThemIsGoneAfterwards()
    {
        await using var host = await TestNamespace.CreateAsync();
        Task ended;
        await using (var outside = await TestNamespace.CreateAsync())
        {
            await host.JoinAsync("up0", "192.0.2.1/24", outside, "down0", "192.0.2.2/24");
            Assert.Contains("dev up0 src 192.0.2.1", await host.RunAsync("ip", "route", "get", "192.0.2.2"), StringComparison.Ordinal);
            Assert.DoesNotContain("up0", await outside.RunAsync("ip", "link"), StringComparison.Ordinal);

            var start = outside.Command("/bin/sh", "-c", "echo here; exec sleep 600");
            start.RedirectStandardOutput = true;
            var sleeper = Process.Start(start)!;
            Assert.Equal("here", await sleeper.StandardOutput.ReadLineAsync().WaitAsync(Limit));
            Assert.NotEmpty(await outside.PidsAsync());
            ended = sleeper.WaitForExitAsync();
        }

        await ended.WaitAsync(Limit);
    }

    [NamespaceFact]
    public async Task AToolIsRunInItByItsScript()
    {
        await using var host = await TestNamespace.CreateAsync();
        await host.RunAsync("ip", "link", "add", "here0", "type", "bridge");
        using var tool = Process.Start(new ProcessStartInfo(host.Wrap("ip"), ["-o", "link"]) { RedirectStandardOutput = true })!;
        Assert.Contains("here0", await tool.StandardOutput.ReadToEndAsync().WaitAsync(Limit), StringComparison.Ordinal);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => host.RunAsync("ip", "link", "show", "elsewhere0"));
        Assert.Contains("elsewhere0", failure.Message, StringComparison.Ordinal);
    }
}
