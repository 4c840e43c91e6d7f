using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Tests;

public sealed class OrderRulesTests
{
    private static MachineOrder Good() => new()
    {
        Uid = "abcdefghijkl",
        Name = "web1",
        Generation = 1,
        ImageDigest = "sha256:" + new string('a', 64),
        ImageFormat = "qcow2",
        Spec = new InstanceSpec { Cpus = 1, MemoryMib = 128, DiskMib = 64, Power = PowerState.Running, Nics = { new Nic { Mac = "52:54:00:00:00:01" } } },
    };

    [Fact]
    public void AGoodOrderHasNoFault() => Assert.Empty(OrderRules.Check(Good()));

    [Theory]
    [InlineData("../../etc/xyz")]
    [InlineData("ABCDEFGHIJKL")]
    [InlineData("abcdefghijk")]
    [InlineData("abcdefghijkl\n")]
    [InlineData("")]
    public void NoIdLeadsOutOfTheDirectory(string uid)
    {
        var order = Good();
        order.Uid = uid;
        Assert.Contains(OrderRules.Check(order), f => f.Field == "order.uid");
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a.b")]
    [InlineData("")]
    public void NoDisksNameLeadsOutOfTheDirectory(string name)
    {
        var order = Good();
        order.Spec.DataDisks.Add(new DataDisk { Name = name, SizeMib = 1 });
        Assert.Contains(OrderRules.Check(order), f => f.Field.StartsWith("order.spec.data_disks", StringComparison.Ordinal));
        order = Good();
        order.RemovedDisks.Add(new DataDisk { Name = name });
        Assert.Equal("order.spec.data_disks", Assert.Single(OrderRules.Check(order)).Field);
    }

    [Fact]
    public void InterfacesHaveSlotsAndAddressesOfTheirOwn()
    {
        var order = Good();
        order.Spec.Nics.Add(new Nic { Mac = "52:54:00:00:00:02", Slot = 1 });
        Assert.Equal("order.spec.nics", Assert.Single(OrderRules.Check(order)).Field);
        order.Spec.Nics[1].Slot = 9;
        Assert.Equal("order.spec.nics", Assert.Single(OrderRules.Check(order)).Field);
        order.Spec.Nics[1].Slot = 8;
        order.NicAddresses.Add(new NicAddress { Slot = 8, Ipv4 = "10.80.0.8", Ipv6 = "fd00:80::8" });
        Assert.Empty(OrderRules.Check(order));
        foreach (var bad in new[] { new NicAddress { Slot = 1, Ipv4 = "10.80.0" }, new NicAddress { Slot = 1, Ipv4 = "10.80.0.9", Ipv6 = "10.80.0.9" }, new NicAddress { Slot = 8, Ipv4 = "10.80.0.9" } })
        {
            order.NicAddresses.Add(bad);
            Assert.Equal("order.nic_addresses", Assert.Single(OrderRules.Check(order)).Field);
            order.NicAddresses.Remove(bad);
        }

        order.Spec.Nics.Clear();
        order.Spec.Nics.Add(new Nic { Network = "none" });
        Assert.Empty(OrderRules.Check(order));
    }

    [Fact]
    public void EachCdHasItsDigest()
    {
        var order = Good();
        order.Spec.Cdroms.Add(new Cdrom { Image = "cd" });
        Assert.Equal("order.cdrom_digests", Assert.Single(OrderRules.Check(order)).Field);
        order.CdromDigests.Add("sha256:../x");
        Assert.Single(OrderRules.Check(order));
        order.CdromDigests[0] = order.ImageDigest;
        Assert.Empty(OrderRules.Check(order));
    }

    [Fact]
    public void WithoutAnImageThereIsNoDigest()
    {
        var order = Good();
        (order.ImageDigest, order.ImageFormat) = ("", "");
        Assert.Empty(OrderRules.Check(order));
        order.Spec.Image = "tiny";
        Assert.Equal(2, OrderRules.Check(order).Count);
    }

    [Fact]
    public void ACommandInTheGuestIsBounded()
    {
        var good = new ExecRequest { Uid = "abcdefghijkl", Command = { "true" } };
        Assert.Empty(OrderRules.CheckExec(good));
        var bad = new ExecRequest { Uid = "..", Timeout = new() { Seconds = 7200 }, Stdin = Google.Protobuf.ByteString.CopyFrom(new byte[33 << 20]) };
        Assert.Equal(["uid", "command", "stdin", "timeout"], OrderRules.CheckExec(bad).Select(f => f.Field));
    }

    [Fact]
    public void EveryFaultIsTold()
    {
        var order = Good();
        order.ImageDigest = "sha256:../x";
        order.ImageFormat = "vmdk";
        order.Spec.Cpus = 0;
        order.Spec.MemoryMib = 1;
        order.Spec.Nics[0].Mac = "x,script=/bin/sh";
        Assert.Equal(
            ["order.image_digest", "order.image_format", "order.spec.cpus", "order.spec.memory_mib", "order.spec.nics"],
            OrderRules.Check(order).Select(f => f.Field));
        Assert.NotEmpty(OrderRules.Check(null));
    }
}
