using System.Net;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

public sealed class DhcpNamesTests
{
    private const string Upstream = "192.0.2.2", Other = "198.51.100.2";

    [DhcpFact]
    public async Task NamesResolveInsideAndFromTheHost()
    {
        await using var host = await DhcpHost.CreateAsync();
        var longest = new string('n', 62) + "9";
        await host.StartAsync(DhcpHost.Reservation(11), DhcpHost.Reservation(12, longest));
        var machine = await host.AddMachineAsync(11);
        Assert.Equal("10.80.0.11", await machine.AddressAsync());
        foreach (var from in new TestNamespace[] { machine.Space, host.Space })
        {
            foreach (var (name, ipv4, ipv6) in new[] { ("web11", "10.80.0.11", "fd00:1:2:3::b"), (longest, "10.80.0.12", "fd00:1:2:3::c") })
            {
                Assert.Equal(ipv4, await DhcpHost.AskAsync(from, $"{name}.lan.qvmc.internal"));
                Assert.Equal(ipv6, await DhcpHost.AskAsync(from, $"{name}.lan.qvmc.internal", "AAAA"));
                Assert.Equal($"{ipv4} {ipv6}", await DhcpHost.AskAsync(from, name) + " " + await DhcpHost.AskAsync(from, name, "AAAA"));
                Assert.Equal($"{name}.lan.qvmc.internal.", await DhcpHost.AskAsync(from, "-x", ipv4));
                Assert.Equal($"{name}.lan.qvmc.internal.", await DhcpHost.AskAsync(from, "-x", ipv6));
            }
        }
    }

    [DhcpFact]
    public async Task TheRestOfTheWorldIsAskedAsTheHostIsToldAtTheMoment()
    {
        await using var host = await DhcpHost.CreateAsync();
        await host.AddUpstreamAsync(Upstream, "www.example.org", "203.0.113.1");
        await host.AddUpstreamAsync(Other, "www.example.org", "203.0.113.2");
        await host.StartAsync(DhcpHost.Reservation(11));
        Assert.Equal("REFUSED", await host.AskAsync("www.example.org"));

        await File.WriteAllTextAsync(host.ResolvFile, $"nameserver {Upstream}\n");
        await UntilAsync("203.0.113.1");
        await File.WriteAllTextAsync(host.ResolvFile + "~", $"# by a VPN\nnameserver {Other}\n");
        File.Move(host.ResolvFile + "~", host.ResolvFile, overwrite: true);
        await UntilAsync("203.0.113.2");

        async Task UntilAsync(string answer)
        {
            // It looks at the file by inotify, and answers what it was told before from its cache no more.
            for (var tries = 0; await host.AskAsync("www.example.org") is var said && said != answer; tries++)
            {
                Assert.True(tries < 300, $"{said}, and not {answer}");
            }
        }
    }

    [DhcpFact]
    public async Task NobodyIsAskedAboutOurOwnNamesAndAddresses()
    {
        await using var host = await DhcpHost.CreateAsync();
        await host.AddUpstreamAsync(Upstream, "www.example.org", "203.0.113.1");
        var service = host.Service();
        await service.StartAsync(DhcpHost.Network with { Dns = [IPAddress.Parse(Upstream)] }, [DhcpHost.Reservation(11)], CancellationToken.None);
        Assert.Equal("203.0.113.1", await host.AskAsync("www.example.org"));
        foreach (var question in new[] { "web12.lan.qvmc.internal", "a.b.lan.qvmc.internal", "web12" })
        {
            Assert.Equal("NXDOMAIN", await host.AskAsync(question));
        }

        // It is there, for there are names beneath it, but it is nobody's.
        Assert.Equal("", await host.AskAsync("lan.qvmc.internal"));

        Assert.Equal(["NXDOMAIN", "NXDOMAIN"], new[] { await host.AskAsync("-x", "10.80.0.99"), await host.AskAsync("-x", "fd00:1:2:3::99") });
        var asked = await host.EndUpstreamsAsync();
        Assert.Contains("query[A] www.example.org", asked, StringComparison.Ordinal);
        Assert.DoesNotContain("qvmc.internal", asked, StringComparison.Ordinal);
        Assert.DoesNotContain("web12", asked, StringComparison.Ordinal);
        Assert.DoesNotContain("arpa", asked, StringComparison.Ordinal);
    }

    [DhcpFact]
    public async Task FromAnIsolatedNetworkNobodyOutsideIsAsked()
    {
        await using var host = await DhcpHost.CreateAsync();
        await host.AddUpstreamAsync(Upstream, "www.example.org", "203.0.113.1");
        await File.WriteAllTextAsync(host.ResolvFile, $"nameserver {Upstream}\n");
        var service = host.Service();
        await service.StartAsync(DhcpHost.Network with { Isolated = true }, [DhcpHost.Reservation(11)], CancellationToken.None);
        Assert.Equal(["10.80.0.11", "REFUSED"], new[] { await host.AskAsync("web11.lan.qvmc.internal"), await host.AskAsync("www.example.org") });
        Assert.DoesNotContain("example", await host.EndUpstreamsAsync(), StringComparison.Ordinal);
    }

    [DhcpFact]
    public async Task AMachineWithTwoInterfacesHasBothAddresses()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = await host.StartAsync(DhcpHost.Reservation(11));
        await service.SetAsync([DhcpHost.Reservation(12, "web11") with { Uid = "uid11", Slot = 2 }], [], CancellationToken.None);
        var (one, two) = (await host.AddMachineAsync(11), await host.AddMachineAsync(12));
        Assert.Equal(["10.80.0.11", "10.80.0.12"], new[] { await one.AddressAsync(), await two.AddressAsync() });
        Assert.Equal("10.80.0.11 10.80.0.12", await host.AskAsync("web11.lan.qvmc.internal"));
    }
}
