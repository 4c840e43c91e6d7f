using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Changes;
using Qvmc.Qemu.Networks.User;

namespace Qvmc.Qemu.Tests.Networks;

/// <summary>What QEMU 7.2 answers.</summary>
public sealed class UserForwardsTests
{
    private const string Words =
        "Hub -1 (net0):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n"
        + "  TCP[ESTABLISHED]  12       127.0.0.1 18080       10.0.2.15    80     0     0\r\n"
        + "  TCP[HOST_FORWARD]   9       127.0.0.1 18080       10.0.2.15    80     0     0\r\n"
        + "  UDP[HOST_FORWARD]   8               * 18081       10.0.2.15    81     0     0\r\n"
        + "Hub -1 (net1):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n"
        + "  TCP[HOST_FORWARD]  11       127.0.0.1 18090       10.0.2.15    90     0     0\r\n";

    [Fact]
    public void ForwardsAreReadFromItsWords()
    {
        Assert.Equal(
            [
                new() { Protocol = Protocol.Tcp, HostAddress = "127.0.0.1", HostPort = 18080, GuestPort = 80 },
                new() { Protocol = Protocol.Udp, HostAddress = "0.0.0.0", HostPort = 18081, GuestPort = 81 },
            ],
            UserForwards.Parse(Words, "net0"));
        Assert.Equal(18090u, Assert.Single(UserForwards.Parse(Words, "net1")).HostPort);
        Assert.Empty(UserForwards.Parse(Words, "net2"));
        Assert.Empty(UserForwards.Parse("", "net0"));
    }

    [Fact]
    public void BackendsAreReadFromItsWords() => Assert.Equal(
        ["net0", "net1", "net2"],
        NicInventory.Backends(
            "nic0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\r\n \\ net0: index=0,type=user,net=10.0.2.0,restrict=off\r\n"
            + "net1: index=0,type=user,net=10.0.2.0,restrict=off\r\n"
            + "nic2: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:58\r\n \\ net2: index=0,type=tap,ifname=q1,script=no,downscript=no\r\n").Order());
}
