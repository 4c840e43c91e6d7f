using System.Net;
using Qvmc.Core.Networks;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Tests.Networks;

public sealed class HoldingIndexTests
{
    private static readonly PortForward Web = new() { HostPort = 8080, GuestPort = 80 };

    private readonly HoldingIndex _index = new();

    [Fact]
    public void What_an_instance_held_before_is_free_when_it_holds_something_else()
    {
        _index.Set(Record("a", mac: "52:54:00:00:00:01", ip: "10.80.0.7", Web), null);
        var others = But("");
        Assert.Equal(("a", "a"), (others.OwnerOfMac("52:54:00:00:00:01"), others.OwnerOf(IPAddress.Parse("10.80.0.7"))));
        Assert.Contains("belongs to instance \"a\"", Assert.ThrowsAny<Exception>(() => others.ThrowIfTaken(new InstanceSpec { Forwards = { Web } }, "here")).Message, StringComparison.Ordinal);

        _index.Set(Record("a", mac: "52:54:00:00:00:02", ip: "10.80.0.8"), null);
        Assert.Equal((null, "a"), (others.OwnerOfMac("52:54:00:00:00:01"), others.OwnerOfMac("52:54:00:00:00:02")));
        Assert.Equal((null, "a"), (others.OwnerOf(IPAddress.Parse("10.80.0.7")), others.OwnerOf(IPAddress.Parse("10.80.0.8"))));
        others.ThrowIfTaken(new InstanceSpec { Forwards = { Web } }, "here");

        _index.Remove("uid-a");
        Assert.Equal((null, null), (others.OwnerOfMac("52:54:00:00:00:02"), others.OwnerOf(IPAddress.Parse("10.80.0.8"))));
    }

    [Fact]
    public void An_address_is_the_machines_until_it_is_without_it()
    {
        _index.Set(Record("a", ip: "10.80.0.8"), new Machine { Status = new InstanceStatus { Nics = { new NicStatus { Ipv4 = "10.80.0.7" } } } });
        Assert.Equal("a", But("").OwnerOf(IPAddress.Parse("10.80.0.7")));
        _index.Set(Record("a", ip: "10.80.0.8"), new Machine { Status = new InstanceStatus() });
        Assert.Null(But("").OwnerOf(IPAddress.Parse("10.80.0.7")));
    }

    [Fact]
    public void One_that_does_not_count_hides_nobody_else()
    {
        _index.Set(Record("a", mac: "52:54:00:00:00:01", ip: "10.80.0.7", Web), null);
        _index.Set(Record("b", mac: "52:54:00:00:00:01", ip: "10.80.0.7", Web), null);
        Assert.Equal(("b", "b"), (But("uid-a").OwnerOfMac("52:54:00:00:00:01"), But("uid-a").OwnerOf(IPAddress.Parse("10.80.0.7"))));
        Assert.ThrowsAny<Exception>(() => But("uid-a").ThrowIfTaken(new InstanceSpec { Forwards = { Web } }, "here"));
        _index.Remove("uid-b");
        Assert.Equal((null, null), (But("uid-a").OwnerOfMac("52:54:00:00:00:01"), But("uid-a").OwnerOf(IPAddress.Parse("10.80.0.7"))));
        But("uid-a").ThrowIfTaken(new InstanceSpec { Forwards = { Web } }, "here");
        Assert.Equal("a", But("").OwnerOfMac("52:54:00:00:00:01"));
    }

    private HostHoldings But(string uid) => new(_index, uid, []);

    private static InstanceRecord Record(string name, string mac = "", string ip = "", params PortForward[] forwards) => new()
    {
        Instance = new Instance { Name = name, Uid = $"uid-{name}", Spec = new InstanceSpec { Nics = { new Nic { Mac = mac, Slot = 1 } }, Forwards = { forwards } } },
        NicAddresses = { new NicAddress { Slot = 1, Ipv4 = ip } },
    };
}
