using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Tests.Networks;

public sealed class NetworkSettingsRulesTests
{
    private static readonly NetworkPowers Linux = new(IsLinux: true, IsMacOS: false, IsRoot: true);

    [Fact]
    public void EveryFaultIsInOneAnswer()
    {
        NetworkSettings[] networks =
        [
            new() { Name = "none", Bridge = new BridgeNetwork { Subnet = "10.80.0.0/15", Subnet6 = "2001:db8::/64", Domain = "No_Domain", Mtu = 900 } },
            new() { Name = "lan", Bridge = new BridgeNetwork { Bridge = "a-bridge-too-far", Dns = { "192.0.2.53", "name" }, Lease = Duration.FromTimeSpan(TimeSpan.FromSeconds(60)) } },
            new() { Name = "lan", Bridged = new BridgedNetwork() },
            new() { Name = "Bad" },
        ];
        Assert.Equal(
            [
                "networks[0].name", "networks[0].bridge.subnet", "networks[0].bridge.subnet6", "networks[0].bridge.domain", "networks[0].bridge.mtu",
                "networks[1].bridge.bridge", "networks[1].bridge.dns[1]", "networks[1].bridge.lease",
                "networks[2].name", "networks[2].bridged.bridge",
                "networks[3].name", "networks[3]",
            ],
            NetworkSettingsRules.Check(networks, Linux).Select(f => f.Field));
    }

    [Theory]
    [InlineData("10.80.0.10-10.80.0.59", "10.80.0.0/24", null)]
    [InlineData("10.80.0.2-10.80.0.254", "10.80.0.0/24", null)]
    [InlineData("10.80.0.1-10.80.0.59", "10.80.0.0/24", "10.80.0.2-10.80.0.254")]
    [InlineData("10.80.0.10-10.80.0.255", "10.80.0.0/24", "10.80.0.2-10.80.0.254")]
    [InlineData("10.81.0.10-10.81.0.20", "10.80.0.0/24", "not within")]
    [InlineData("10.80.0.59-10.80.0.10", "10.80.0.0/24", "the lower address first")]
    [InlineData("10.80.0.10", "10.80.0.0/24", "no range")]
    [InlineData("10.80.0.10-10.80.0.59", "auto", "needs a subnet")]
    public void ARangeIsOfTheSubnet(string range, string subnet, string? words) =>
        Expect(new BridgeNetwork { Subnet = subnet, Range = range }, "networks[0].bridge.range", words);

    [Theory]
    [InlineData("", null)]
    [InlineData("auto", null)]
    [InlineData("192.168.80.0/29", null)]
    [InlineData("10.80.0.0/16", null)]
    [InlineData("10.80.0.1/24", "neither")]
    [InlineData("10.80.0.0/30", "/29")]
    [InlineData("fd00::/64", "neither")]
    [InlineData("127.1.0.0/16", "set aside")]
    [InlineData("169.254.0.0/16", "set aside")]
    [InlineData("224.0.0.0/16", "set aside")]
    public void ASubnetIsAPlaceForMachines(string subnet, string? words) => Expect(new BridgeNetwork { Subnet = subnet }, "networks[0].bridge.subnet", words);

    [Theory]
    [InlineData("br0", null)]
    [InlineData("br 0", "no interface's name")]
    [InlineData("br/0", "no interface's name")]
    [InlineData("..", "no interface's name")]
    [InlineData("all", "the kernel's own")]
    public void ABridgeHasAnInterfacesName(string bridge, string? words) => Expect(new BridgeNetwork { Bridge = bridge }, "networks[0].bridge.bridge", words);

    [Fact]
    public void NetworksDoNotShareBridgesOrAddresses()
    {
        NetworkSettings[] networks =
        [
            new() { Name = "a", Bridge = new BridgeNetwork { Subnet = "10.80.0.0/16", Subnet6 = "fd00:80::/64" } },
            new() { Name = "b", Bridge = new BridgeNetwork { Subnet = "10.80.3.0/24", Subnet6 = "fd00:80::/64" } },
            new() { Name = "c", Bridged = new BridgedNetwork { Bridge = "qv-a" } },
        ];
        Assert.Equal(
            ["networks[1].bridge.subnet", "networks[1].bridge.subnet6", "networks[2]"],
            NetworkSettingsRules.Check(networks, Linux).Select(f => f.Field));
    }

    [Fact]
    public void WhatCannotWorkHereIsRefusedWithAdvice()
    {
        NetworkSettings[] networks = [new() { Name = "a", Bridge = new BridgeNetwork() }, new() { Name = "b", Vmnet = new VmnetNetwork() }, new() { Name = "c", User = new UserNetwork() }];
        var faults = NetworkSettingsRules.Check(networks, Linux with { IsRoot = false });
        Assert.Equal(["networks[0]", "networks[1]"], faults.Select(f => f.Field));
        Assert.Contains("as root", faults[0].Message, StringComparison.Ordinal);
        Assert.Contains("macOS", faults[1].Message, StringComparison.Ordinal);
        faults = NetworkSettingsRules.Check(networks, new NetworkPowers(IsLinux: false, IsMacOS: true, IsRoot: true));
        Assert.Equal(["networks[0]"], faults.Select(f => f.Field));
    }

    [Fact]
    public void VmnetsAddressesGoTogether()
    {
        NetworkSettings[] networks =
        [
            new() { Name = "a", Vmnet = new VmnetNetwork { Mode = VmnetMode.Bridged, Start = "192.168.105.1" } },
            new() { Name = "b", Vmnet = new VmnetNetwork { Mode = VmnetMode.Host, Isolated = true, Start = "192.168.105.1", End = "192.168.105.254" } },
            new() { Name = "c", Vmnet = new VmnetNetwork { Start = "192.168.105.1", End = "192.168.105.254", Mask = "255.255.255.0" } },
        ];
        Assert.Equal(
            ["networks[0].vmnet.interface", "networks[0].vmnet.start", "networks[1].vmnet.isolated", "networks[1].vmnet.start"],
            NetworkSettingsRules.Check(networks, new NetworkPowers(IsLinux: false, IsMacOS: true, IsRoot: true)).Select(f => f.Field));
    }

    private static void Expect(BridgeNetwork bridge, string field, string? words)
    {
        var faults = NetworkSettingsRules.Check([new NetworkSettings { Name = "lan", Bridge = bridge }], Linux);
        if (words is null)
        {
            Assert.Empty(faults);
        }
        else
        {
            var fault = Assert.Single(faults);
            Assert.Equal(field, fault.Field);
            Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        }
    }
}
