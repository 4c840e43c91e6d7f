using System.Diagnostics;
using System.Net;
using Qvmc.Core.Faults;
using Qvmc.Testing;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

public sealed class DhcpLifeTests
{
    [DhcpFact]
    public async Task ItLaysDownItsRightsAndListensOnTheBridgeAlone()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = await host.StartAsync();
        var status = await File.ReadAllTextAsync($"/proc/{service.Describe().Pid}/status");
        string[] Field(string name) => status.Split('\n').Single(l => l.StartsWith(name + ":", StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1..];

        Assert.All(Field("Uid").Concat(Field("Gid")), id => Assert.NotEqual("0", id));
        Assert.Empty(Field("Groups"));
        Assert.Equal(["1"], Field("NoNewPrivs"));

        // CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW
        Assert.Equal([["0000000000003400"], ["0000000000003400"]], new[] { Field("CapEff"), Field("CapPrm") });

        await File.WriteAllTextAsync(host.ResolvFile, "nameserver 192.0.2.9\n");
        var sockets = (await host.Space.RunAsync("ss", "-Hlntu")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(f => $"{f[0]} {f[4]}").ToList();
        string[] ours = [$"udp 0.0.0.0%{DhcpHost.Bridge}:67", $"udp [::]%{DhcpHost.Bridge}:547"];
        string[] addresses = ["10.80.0.1:53", "[fd00:1:2:3::1]:53"];
        Assert.Superset(ours.Concat(addresses.SelectMany(a => new[] { $"udp {a}", $"tcp {a}" })).ToHashSet(), sockets.ToHashSet());
        Assert.All(sockets, s => Assert.True(
            ours.Contains(s) || addresses.Any(a => s.EndsWith($" {a}", StringComparison.Ordinal)) || (s.Contains(" [fe80:", StringComparison.Ordinal) && s.EndsWith($"%{DhcpHost.Bridge}:53", StringComparison.Ordinal)), s));
    }

    [DhcpFact]
    public async Task TheNextDaemonGoesOnWithTheOneThatRuns()
    {
        await using var host = await DhcpHost.CreateAsync();
        var first = await host.StartAsync(DhcpHost.Reservation(11));
        var machine = await host.AddMachineAsync(11);
        Assert.Equal("10.80.0.11", await machine.AddressAsync());
        await host.UntilAsync(() => first.Leases.Count == 1, "a lease");
        var described = first.Describe();
        await first.DisposeAsync();
        Assert.Equal("10.80.0.11", await machine.AddressAsync());

        var second = await host.StartAsync(DhcpHost.Reservation(11), DhcpHost.Reservation(12));
        Assert.Equal(described, second.Describe());
        Assert.Equal("10.80.0.11", Assert.Single(second.Leases).Address.ToString());
        Assert.Equal("10.80.0.12", await host.AskAsync("web12.lan.qvmc.internal"));
        await second.DisposeAsync();

        // A machine that went while no daemon was there.
        var third = await host.StartAsync(DhcpHost.Reservation(12));
        Assert.Equal(described.Pid, third.Describe().Pid);
        Assert.DoesNotContain("10.80.0.11", await File.ReadAllTextAsync(Path.Combine(host.Directory, "leases")), StringComparison.Ordinal);
        await third.DisposeAsync();

        // One that died before it could note whom it had started.
        File.Delete(Path.Combine(host.Directory, "dnsmasq.json"));
        var fourth = await host.StartAsync(DhcpHost.Reservation(12));
        var running = Assert.Single(await host.Space.PidsAsync());
        Assert.Equal(running, fourth.Describe().Pid);
        Assert.Equal("", fourth.Describe().LastEnd);
    }

    [DhcpFact]
    public async Task OtherSettingsOrAnotherBridgeOfThatNameTakeAnother()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = await host.StartAsync(DhcpHost.Reservation(11));
        var machine = await host.AddMachineAsync(11);
        var pid = service.Describe().Pid;
        await service.StartAsync(DhcpHost.Network, [DhcpHost.Reservation(11)], CancellationToken.None);
        Assert.Equal(pid, service.Describe().Pid);

        await service.StartAsync(DhcpHost.Network with { Domain = "other.test", Mtu = 1400 }, [DhcpHost.Reservation(11)], CancellationToken.None);
        Assert.NotEqual(pid, pid = service.Describe().Pid);
        Assert.Contains("domain=other.test search=other.test name=web11 mtu=1400", await machine.AskAsync(), StringComparison.Ordinal);
        Assert.Equal("10.80.0.11", await host.AskAsync("web11.other.test"));

        Directory.CreateDirectory(Path.Combine(host.Interfaces, DhcpHost.Bridge));
        await File.WriteAllTextAsync(Path.Combine(host.Interfaces, DhcpHost.Bridge, "ifindex"), "77\n");
        await service.StartAsync(DhcpHost.Network with { Domain = "other.test", Mtu = 1400 }, [DhcpHost.Reservation(11)], CancellationToken.None);
        Assert.NotEqual(pid, service.Describe().Pid);
        Assert.Equal((0u, ""), (service.Describe().Restarts, service.Describe().LastEnd));
        Assert.Single(await host.Space.PidsAsync());
    }

    [DhcpFact]
    public async Task AfterAnUpgradeTheNewProgramIsUsed()
    {
        await using var host = await DhcpHost.CreateAsync();
        var program = Path.Combine(Path.GetDirectoryName(host.ResolvFile)!, "dnsmasq");
        Executable.Copy("/usr/sbin/dnsmasq", program);
        var options = host.Options with { Dnsmasq = host.Space.Wrap(program) };
        var first = host.Service(options);
        await first.StartAsync(DhcpHost.Network, [], CancellationToken.None);
        var pid = first.Describe().Pid;
        await first.DisposeAsync();

        Executable.Copy("/usr/sbin/dnsmasq", program);
        var second = host.Service(options);
        await second.StartAsync(DhcpHost.Network, [], CancellationToken.None);
        Assert.NotEqual(pid, Assert.Single(await host.Space.PidsAsync()));
    }

    [DhcpFact]
    public async Task ItsEndIsToldAndItIsStartedAgainWithDelaysThatGrow()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = await host.StartAsync(DhcpHost.Reservation(11));
        for (var ends = 1u; ends <= 4; ends++)
        {
            var killed = Stopwatch.StartNew();
            await TestNamespace.SignalAsync(ends == 1 ? "TERM" : "KILL", service.Describe().Pid);
            await host.UntilAsync(() => service.Describe().Restarts == ends && service.Trouble is null, $"restart {ends}");
            Assert.Contains(ends == 1 ? "exited with status 0: exiting on receipt of SIGTERM" : "was killed by signal 9", service.Describe().LastEnd, StringComparison.Ordinal);

            // A lower bound, however loaded the host is: 100 ms, 200 ms, 400 ms ...
            Assert.True(killed.Elapsed >= TimeSpan.FromMilliseconds(100 << (int)(ends - 1)) - TimeSpan.FromMilliseconds(20), $"{killed.Elapsed} at {ends}");
        }

        Assert.Equal("10.80.0.11", await host.AskAsync("web11.lan.qvmc.internal"));
    }

    [DhcpFact]
    public async Task OneThatCannotStartIsToldAndComesUpWhenItCan()
    {
        await using var host = await DhcpHost.CreateAsync();
        var other = host.Space.Command("dnsmasq", "--conf-file=/dev/null", "--keep-in-foreground", "--pid-file", "--log-facility=-", "--no-resolv", "--bind-interfaces", "--listen-address=10.80.0.1");
        other.RedirectStandardError = true;
        using var process = Process.Start(other)!;
        while (await process.StandardError.ReadLineAsync() is { } line && !line.Contains("started", StringComparison.Ordinal))
        {
        }

        var service = host.Service();
        var fault = await Assert.ThrowsAsync<FaultException>(() => service.StartAsync(DhcpHost.Network, [DhcpHost.Reservation(11)], CancellationToken.None));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("failed to create listening socket for 10.80.0.1: Address already in use; another DNS server listens on port 53", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Address already in use", service.Trouble, StringComparison.Ordinal);
        Assert.Equal((0, service.Trouble), (service.Describe().Pid, service.Describe().LastEnd));
        await service.SetAsync([DhcpHost.Reservation(12)], [], CancellationToken.None);

        process.Kill();
        await process.WaitForExitAsync();
        await host.UntilAsync(() => service.Trouble is null, "it comes up");
        Assert.Equal("10.80.0.12", await host.AskAsync("web12.lan.qvmc.internal"));
    }

    [DhcpFact]
    public async Task AUserThatMayNotReadItsFilesIsTold()
    {
        await using var host = await DhcpHost.CreateAsync();
        var closed = Path.Combine(Path.GetDirectoryName(host.Directory)!, "closed");
        Directory.CreateDirectory(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var service = host.Service(host.Options with { Directory = Path.Combine(closed, "lan"), User = "nobody" });
        var fault = await Assert.ThrowsAsync<FaultException>(() => service.StartAsync(DhcpHost.Network, [], CancellationToken.None));
        Assert.Contains("Permission denied", fault.Message, StringComparison.Ordinal);
        Assert.Contains("chmod o+x", fault.Message, StringComparison.Ordinal);
        Assert.Empty(await host.Space.PidsAsync());
    }

    [DhcpFact]
    public async Task AMissingProgramIsTold()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = host.Service(host.Options with { Dnsmasq = "/nowhere/dnsmasq" });
        var fault = await Assert.ThrowsAsync<FaultException>(() => service.StartAsync(DhcpHost.Network, [], CancellationToken.None));
        Assert.Contains("/nowhere/dnsmasq was not found", fault.Message, StringComparison.Ordinal);
        Assert.Contains("apt install dnsmasq-base", fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(host.Directory));
    }

    [DhcpFact]
    public async Task AThousandReservationsOneByOneStayCheap()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = host.Service();
        await service.StartAsync(DhcpHost.Network with { Subnet = IPNetwork.Parse("10.80.0.0/16") }, [], CancellationToken.None);
        var pid = service.Describe().Pid;
        var all = Enumerable.Range(2, 1000).Select(i => DhcpHost.Reservation(i)).ToList();
        await Task.WhenAll(all.Select(r => service.SetAsync([r], [], CancellationToken.None)));
        Assert.Equal("10.80.3.233", await host.AskAsync("web1001.lan.qvmc.internal"));
        Assert.Equal("web1001.lan.qvmc.internal.", await host.AskAsync("-x", "fd00:1:2:3::3e9"));
        await Task.WhenAll(all.Select(r => service.SetAsync([], [r], CancellationToken.None)));
        Assert.Equal("NXDOMAIN", await host.AskAsync("web1001.lan.qvmc.internal"));

        var read = (await File.ReadAllLinesAsync(Path.Combine(host.Directory, "dnsmasq.log"))).Count(l => l.EndsWith("reservations", StringComparison.Ordinal));
        Assert.InRange(read, 3, 100);
        Assert.Equal((pid, 0u), (service.Describe().Pid, service.Describe().Restarts));
        Assert.Equal("", await File.ReadAllTextAsync(Path.Combine(host.Directory, "reservations")));
        Assert.Equal("", await File.ReadAllTextAsync(Path.Combine(host.Directory, "names")));
    }

    [DhcpFact]
    public async Task StoppingLeavesNothing()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = await host.StartAsync(DhcpHost.Reservation(11));
        await service.StopAsync(CancellationToken.None);
        Assert.Empty(await host.Space.PidsAsync());
        Assert.False(Directory.Exists(host.Directory));
        Assert.Equal((0, null), (service.Describe().Pid, service.Trouble));
        await service.StopAsync(CancellationToken.None);

        // Also by one who has not started it; and it can be had anew.
        await service.StartAsync(DhcpHost.Network, [DhcpHost.Reservation(11)], CancellationToken.None);
        await service.DisposeAsync();
        await host.Service().StopAsync(CancellationToken.None);
        Assert.Empty(await host.Space.PidsAsync());
        Assert.False(Directory.Exists(host.Directory));
    }

    [DhcpFact]
    public async Task WhatACrashOrAPersonLeftInItsFilesIsNoMatter()
    {
        await using var host = await DhcpHost.CreateAsync();
        var service = await host.StartAsync(DhcpHost.Reservation(11));
        var machine = await host.AddMachineAsync(11);
        Assert.Equal("10.80.0.11", await machine.AddressAsync());
        await host.UntilAsync(() => service.Leases.Count == 1, "a lease");
        await service.DisposeAsync();
        await host.KillAsync();
        var leases = await File.ReadAllTextAsync(Path.Combine(host.Directory, "leases"));
        await File.WriteAllTextAsync(Path.Combine(host.Directory, "leases"), "garbage\n\0\0\0\n99999999999999999999 x y z\n" + leases + "1795460593 52:54:0");
        foreach (var name in new[] { "dnsmasq.conf", "reservations", "names", "dnsmasq.json", "names~", "leases~" })
        {
            await File.WriteAllTextAsync(Path.Combine(host.Directory, name), "half a li");
        }

        service = await host.StartAsync(DhcpHost.Reservation(11));
        Assert.Equal("10.80.0.11", Assert.Single(service.Leases).Address.ToString());
        Assert.Equal("10.80.0.11", await host.AskAsync("web11.lan.qvmc.internal"));
        Assert.DoesNotContain(Directory.EnumerateFiles(host.Directory), f => f.EndsWith('~'));
    }
}
