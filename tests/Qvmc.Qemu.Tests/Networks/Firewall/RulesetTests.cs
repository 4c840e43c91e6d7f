using System.Net;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Networks.Firewall;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>What nft is given: all of it, or what changes.</summary>
public sealed class RulesetTests
{
    private static readonly FirewallNetwork Lan = new(
        "lan", "qv-lan", true, IPNetwork.Parse("10.80.0.0/24"), IPAddress.Parse("10.80.0.1"), IPNetwork.Parse("fd80::/64"), IPAddress.Parse("fd80::1"), false)
    { BridgeMac = "52:54:00:00:80:01" };

    private static readonly FirewallPort A = new("qa", "lan", "52:54:00:AA:00:02", IPAddress.Parse("10.80.0.2"), IPAddress.Parse("fd80::2"), [], 0);

    private static readonly FirewallModel Before = FirewallModel.Of([Lan], [A]);

    [Fact]
    public void ALaunchAddsElementsAndTouchesNothingElse()
    {
        var b = A with
        {
            Interface = "qb",
            Mac = "52:54:00:aa:00:03",
            Ipv4 = IPAddress.Parse("10.80.0.3"),
            Ipv6 = null,
            RateMbit = 10,
            Forwards = [new PortForward { HostPort = 8080, GuestPort = 80 }, new PortForward { HostAddress = "0.0.0.0", HostPort = 53, GuestPort = 5353, Protocol = Protocol.Udp }],
        };
        Assert.Equal("""
            flush set inet qvmc revision
            add element inet qvmc revision { 7 }
            add element inet qvmc forwards {
                127.0.0.1 . tcp . 8080 comment "qb on lan" : 10.80.0.3 . 80
            }
            add element inet qvmc any_forwards {
                udp . 53 comment "qb on lan" : 10.80.0.3 . 5353
            }
            add element bridge qvmc ports {
                "qb" comment "lan" : jump from_machine
            }
            add element bridge qvmc macs {
                "qb" . 52:54:00:aa:00:03 comment "lan"
            }
            add element bridge qvmc addresses {
                "qb" . 10.80.0.3 comment "lan"
            }
            add element bridge qvmc addresses6 {
                "qb" . fe80::5054:ff:feaa:3 comment "lan"
            }
            add element bridge qvmc link_local {
                fe80::5054:ff:feaa:3 comment "lan"
            }
            add element bridge qvmc claims6 {
                "qb" . 0xfe80000000000000505400fffeaa0003 comment "lan"
            }
            add element bridge qvmc link_local_claims {
                0xfe80000000000000505400fffeaa0003 comment "lan"
            }
            add element bridge qvmc dhcp_macs {
                "qb" . 0x525400aa0003 comment "lan"
            }
            add element bridge qvmc send_rates {
                "qb" limit rate over 1250000 bytes/second burst 65536 bytes comment "lan"
            }
            add element bridge qvmc receive_rates {
                "qb" limit rate over 1250000 bytes/second burst 65536 bytes comment "lan"
            }

            """, Ruleset.Change(Before, Before.With([b], []), 7));
    }

    [Fact]
    public void WhatChangesGoesAndComesInOneTransaction()
    {
        var moved = A with { Ipv4 = IPAddress.Parse("10.80.0.9") };
        Assert.Equal("""
            flush set inet qvmc revision
            add element inet qvmc revision { 8 }
            delete element bridge qvmc addresses {
                "qa" . 10.80.0.2
            }
            add element bridge qvmc addresses {
                "qa" . 10.80.0.9 comment "lan"
            }

            """, Ruleset.Change(Before, Before.With([moved], []), 8));
        Assert.Equal("", Ruleset.Change(Before, Before.With([A], ["never-was"]), 9));
    }

    [Fact]
    public void OfTwoMachinesThatRunWithTheSameForwardOneKeepsIt()
    {
        PortForward[] same = [new PortForward { HostPort = 8080, GuestPort = 80 }];
        var model = FirewallModel.Of([Lan], [A with { Forwards = same }, A with { Interface = "qb", Mac = "52:54:00:aa:00:03", Forwards = same }, A with { Interface = "qc", Network = "gone" }]);
        Assert.Equal(["qa", "qb"], model.Ports.Keys);
        Assert.Single(model.Ports["qa"].Forwards);
        Assert.Empty(model.Ports["qb"].Forwards);
    }

    [Theory]
    [InlineData("q*")]
    [InlineData("q\"; flush ruleset; #")]
    [InlineData("q\nflush ruleset")]
    [InlineData("")]
    [InlineData("sixteen-letters-")]
    public void ANameThatWouldMeanSomethingElseIsRefused(string name) =>
        Assert.Contains(name, Assert.Throws<Core.Faults.FaultException>(() => Ruleset.Whole(Before.With([A with { Interface = name }], []), 1)).Message, StringComparison.Ordinal);
}
