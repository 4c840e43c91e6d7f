using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

public sealed class DhcpAddressTests
{
    [DhcpFact]
    public async Task MachinesGetWhatIsReservedAndOthersNothing()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = await host.StartAsync(DhcpHost.Reservation(11));
        var (known, unknown) = (await host.AddMachineAsync(11), await host.AddMachineAsync(12));
        var said = await known.AskAsync();
        Assert.Equal(
            "ip=10.80.0.11/24 router=10.80.0.1 dns=10.80.0.1 domain=lan.qvmc.internal search=lan.qvmc.internal name=web11 mtu=1500 lease=3600", said);
        var said6 = await known.Ask6Async();
        Assert.Contains("iaaddr fd00:1:2:3::b ", said6, StringComparison.Ordinal);
        Assert.Contains("option dhcp6.name-servers fd00:1:2:3::1;", said6, StringComparison.Ordinal);
        Assert.Equal(["", ""], new[] { await unknown.AskAsync("-t 2"), await unknown.Ask6Async(seconds: 3) });

        await host.UntilAsync(() => service.Leases.Count == 2, "two leases");
        Assert.All(service.Leases, l => Assert.Equal(DhcpHost.Mac(11), l.Mac));
        Assert.Equal(["10.80.0.11", "fd00:1:2:3::b"], service.Leases.Select(l => l.Address.ToString()));
        Assert.All(service.Leases, l => Assert.InRange(l.Expires!.Value, DateTimeOffset.UtcNow.AddMinutes(50), DateTimeOffset.UtcNow.AddMinutes(61)));
        Assert.Equal(2u, service.Describe().Leases);
    }

    [DhcpFact]
    public async Task TheHostIsRouterOnlyWhereThereIsAWayOut()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = host.Service();
        var machine = await host.AddMachineAsync(11);
        await service.StartAsync(DhcpHost.Network, [DhcpHost.Reservation(11)], CancellationToken.None);

        // The kernel's own client of router advertisements: no address of its own making, and the route only in the end.
        async Task<string> RoutesAsync()
        {
            await machine.Space.ShellAsync("ip link set eth0 down; ip link set eth0 up; i=0; until ip -6 route show | grep -q fd00 || [ $i = 100 ]; do sleep 0.1; i=$((i+1)); done");
            return await machine.Space.RunAsync("ip", "-6", "route", "show");
        }

        var routes = await RoutesAsync();
        Assert.Contains("fd00:1:2:3::/64 dev eth0 proto kernel", routes, StringComparison.Ordinal);
        Assert.DoesNotContain("default", routes, StringComparison.Ordinal);
        await service.StartAsync(DhcpHost.Network with { Routed6 = true }, [DhcpHost.Reservation(11)], CancellationToken.None);
        Assert.Contains("default via fe80:", await RoutesAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("fd00", await machine.Space.RunAsync("ip", "-6", "-o", "address", "show", "dev", "eth0"), StringComparison.Ordinal);
    }

    [DhcpFact]
    public async Task AnAddressOutlivesDnsmasqAndItsLeaseFile()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = await host.StartAsync(DhcpHost.Reservation(11), DhcpHost.Reservation(12));
        var machine = await host.AddMachineAsync(12);
        async Task CheckAsync(string after)
        {
            Assert.True(await machine.AddressAsync() == "10.80.0.12", after);
            Assert.True(await machine.Address6Async() == "fd00:1:2:3::c", after);
        }

        await CheckAsync("at first");
        var pid = service.Describe().Pid;
        await TestNamespace.SignalAsync("KILL", pid);
        await host.UntilAsync(() => service.Describe() is { Pid: > 0 } d && d.Pid != pid, "started again");
        await CheckAsync("after kill -9");

        pid = service.Describe().Pid;
        File.Delete(Path.Combine(host.Directory, "leases"));
        await host.UntilAsync(() => service.Describe() is { Pid: > 0 } d && d.Pid != pid && File.Exists(Path.Combine(host.Directory, "leases")), "started again");
        Assert.Equal(2, service.Leases.Count);
        await CheckAsync("after the lease file was deleted");

        // Both at once, and nobody left who remembers.
        await service.DisposeAsync();
        await host.KillAsync();
        File.Delete(Path.Combine(host.Directory, "leases"));
        await host.StartAsync(DhcpHost.Reservation(11), DhcpHost.Reservation(12));
        await CheckAsync("after all was lost");
    }

    [DhcpFact]
    public async Task AFreedAddressIsTheNextMachines()
    {
        await using var host = await DhcpHost.CreateAsync();
        var first = DhcpHost.Reservation(11);
        var service = await host.StartAsync(first);
        var (one, two) = (await host.AddMachineAsync(11), await host.AddMachineAsync(12));
        Assert.Equal(["10.80.0.11", "fd00:1:2:3::b"], new[] { await one.AddressAsync(), await one.Address6Async() });
        await host.UntilAsync(() => service.Leases.Count == 2, "two leases");
        var pid = service.Describe().Pid;

        await service.SetAsync([], [first], CancellationToken.None);
        Assert.Empty(service.Leases);
        Assert.DoesNotContain("10.80.0.11", await File.ReadAllTextAsync(Path.Combine(host.Directory, "leases")), StringComparison.Ordinal);
        Assert.Equal("NXDOMAIN", await host.AskAsync("web11.lan.qvmc.internal"));

        await service.SetAsync([DhcpHost.Reservation(12) with { Ipv4 = first.Ipv4, Ipv6 = first.Ipv6 }], [], CancellationToken.None);
        Assert.Equal(["10.80.0.11", "fd00:1:2:3::b"], new[] { await two.AddressAsync(), await two.Address6Async() });
        Assert.Equal("", await one.AddressAsync("-t 1"));
        Assert.Equal(pid, service.Describe().Pid);
    }

    [DhcpFact]
    public async Task AFreedAddressIsTheNextMachinesInOneStepAndWithoutTheReleasePrograms()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = host.Service(host.Options with { Release = "/nowhere/dhcp_release", Release6 = "/nowhere/dhcp_release6" });
        var first = DhcpHost.Reservation(11);
        await service.StartAsync(DhcpHost.Network, [first], CancellationToken.None);
        var (one, two) = (await host.AddMachineAsync(11), await host.AddMachineAsync(12));
        Assert.Equal(["10.80.0.11", "fd00:1:2:3::b"], new[] { await one.AddressAsync(), await one.Address6Async() });
        await service.SetAsync([DhcpHost.Reservation(12) with { Ipv4 = first.Ipv4, Ipv6 = first.Ipv6 }], [first], CancellationToken.None);
        Assert.Equal(["10.80.0.11", "fd00:1:2:3::b"], new[] { await two.AddressAsync(), await two.Address6Async() });
        Assert.Equal(0u, service.Describe().Restarts);
    }

    [DhcpFact]
    public async Task ManyAddressesAreFreedAtOnce()
    {
        // More than are given back one by one: as many leases as if those machines had been here.
        await using var host = await DhcpHost.CreateAsync();
        var all = Enumerable.Range(11, 20).Select(i => DhcpHost.Reservation(i)).ToArray();
        var service = await host.StartAsync(all);
        await service.DisposeAsync();
        await host.KillAsync();
        await File.WriteAllTextAsync(
            Path.Combine(host.Directory, "leases"),
            string.Concat(all.Select(r => $"{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()} {r.Mac} {r.Ipv4} {r.Name} *\n")));
        service = await host.StartAsync(all);
        Assert.Equal(20, service.Leases.Count);

        await service.SetAsync([all[0] with { Uid = "next", Mac = DhcpHost.Mac(99) }], all, CancellationToken.None);
        Assert.Empty(service.Leases);
        Assert.Equal("10.80.0.11", await (await host.AddMachineAsync(99)).AddressAsync());
        Assert.Equal(0u, service.Describe().Restarts);
    }

    [DhcpFact]
    public async Task ANewSystemOnTheSameMachineKeepsTheAddress()
    {
        await using var host = await DhcpHost.CreateAsync();
        await host.StartAsync(DhcpHost.Reservation(11));
        var machine = await host.AddMachineAsync(11);
        Assert.Equal("fd00:1:2:3::b", await machine.Address6Async(client: 1));
        Assert.Equal("fd00:1:2:3::b", await machine.Address6Async(client: 2, seconds: 40));

        // BusyBox says by default that its id is its hardware address.
        Assert.Equal("10.80.0.11", await machine.AddressAsync());
        Assert.Equal("10.80.0.11", await machine.AddressAsync("-C -x 0x3d:00aabbcc"));
    }

    [DhcpFact]
    public async Task AGuestCannotBeAnotherByItsClientIdOrName()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = await host.StartAsync(DhcpHost.Reservation(11), DhcpHost.Reservation(12));
        var (victim, thief) = (await host.AddMachineAsync(11), await host.AddMachineAsync(12));
        Assert.Equal("10.80.0.11", await victim.AddressAsync());
        Assert.Equal("10.80.0.12", await thief.AddressAsync("-C -x 0x3d:0152540000000b -x hostname:web11 -F evil.lan.qvmc.internal -r 10.80.0.11"));
        await host.UntilAsync(() => service.Leases.Count == 2, "two leases");
        Assert.Equal("10.80.0.11 fd00:1:2:3::b", string.Join(' ', await host.AskAsync("web11.lan.qvmc.internal"), await host.AskAsync("web11.lan.qvmc.internal", "AAAA")));
        Assert.Equal("NXDOMAIN", await host.AskAsync("evil.lan.qvmc.internal"));
        Assert.Equal("NXDOMAIN", await host.AskAsync("evil"));
        Assert.Equal("web12.lan.qvmc.internal.", await host.AskAsync("-x", "10.80.0.12"));
    }
}
