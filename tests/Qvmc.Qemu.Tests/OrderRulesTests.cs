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
