using Qvmc.Qemu.Networks.Dhcp;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

public sealed class DnsmasqLogTests : IDisposable
{
    private readonly DhcpPaths _paths = new(Directory.CreateTempSubdirectory("qdhcp-log-").FullName);

    public void Dispose() => Directory.Delete(_paths.Directory, recursive: true);

    [Fact]
    public void HearsEachLineOnceAndKeepsTheFileBounded()
    {
        var log = new DnsmasqLog(_paths, mostBytes: 4096);
        var heard = new List<string>();
        log.Line += heard.Add;
        var all = Enumerable.Range(0, 1000).Select(i => $"dnsmasq-dhcp[7]: line {i:0000}").ToList();
        foreach (var line in all)
        {
            // A line can come in two parts.
            File.AppendAllText(_paths.Log, line[..9]);
            log.Read();
            File.AppendAllText(_paths.Log, line[9..] + "\n");
            log.Read();
            Assert.True(new FileInfo(_paths.Log).Length <= 4096);
        }

        Assert.Equal(all.Count, heard.Count + all.Except(heard).Count());
        Assert.True(all.Except(heard).Count() <= 1000 * 28 / 4096, "but for a line that is cut, every one");
        Assert.True(new FileInfo(_paths.OlderLog).Length <= 4096 + 64);
        Assert.Equal("line 0999", log.LastWords());
    }

    [Fact]
    public void WhatWasThereIsAnothersAndANewOneBeginsEmpty()
    {
        File.WriteAllText(_paths.Log, "dnsmasq[1]: started, version 2.90\ndnsmasq[1]: exiting on receipt of SIGTERM\n");
        var log = new DnsmasqLog(_paths);
        var heard = new List<string>();
        log.Line += heard.Add;
        log.SkipToEnd();
        log.Read();
        Assert.Empty(heard);
        Assert.Equal("exiting on receipt of SIGTERM", log.LastWords());
        log.Begin();
        log.Read();
        Assert.Equal("", log.LastWords());
        File.WriteAllText(_paths.Log, "\ndnsmasq: failed to create listening socket for 10.80.0.1: Address already in use\ndnsmasq[2]: FAILED to start up\n");
        log.Read();
        Assert.Equal(2, heard.Count);
        Assert.Equal("failed to create listening socket for 10.80.0.1: Address already in use", log.LastWords());
    }

    [Fact]
    public void AClientThatIsRefusedIsNamedByItsExchange()
    {
        var refused = new List<string>();
        var clients = new RefusedClients((mac, client) => refused.Add($"{mac} {client}"));
        string[] lines =
        [
            "dnsmasq-dhcp[7]: 11 client MAC address: 52:54:00:00:00:0b",
            "dnsmasq-dhcp[7]: 12 client MAC address: 52:54:00:00:00:0c",
            "dnsmasq-dhcp[7]: 11 DHCPADVERTISE(qv-lan) 00:03:00:01:aa no addresses available",
            "dnsmasq-dhcp[7]: 12 DHCPADVERTISE(qv-lan) fd00::c 00:03:00:01:bb web12",
            "dnsmasq-dhcp[7]: 13 DHCPADVERTISE(qv-lan) 00:03:00:01:cc no addresses available",
            "dnsmasq-dhcp[7]: 12 vendor class: x 12 DHCPADVERTISE(qv-lan) 00:03:00:01:dd no addresses available",
        ];
        Array.ForEach(lines, clients.Hear);
        Assert.Equal(["52:54:00:00:00:0b 00:03:00:01:aa"], refused);
        for (var i = 100; i < 100_000; i++)
        {
            clients.Hear($"dnsmasq-dhcp[7]: {i} client MAC address: 52:54:00:00:00:0c");
        }

        clients.Hear(lines[2]);
        Assert.Single(refused);
    }
}
