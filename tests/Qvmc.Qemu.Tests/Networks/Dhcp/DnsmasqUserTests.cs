using Qvmc.Core.Faults;
using Qvmc.Qemu.Networks.Dhcp;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

public sealed class DnsmasqUserTests
{
    private static readonly string[] Users = ["root:x:0:0:root:/root:/bin/sh", "nobody:x:65534:65534:nobody:/:/bin/false", "qvmc:x:990:991::/:/bin/false", "broken"];
    private static readonly string[] Groups = ["root:x:0:", "nogroup:x:65534:", "qvmc-run:x:991:", "kvm:x:104:qvmc"];

    [Theory]
    [InlineData(null, null, "nobody", "nogroup")]
    [InlineData("qvmc", null, "qvmc", "qvmc-run")]
    [InlineData("990", "104", "qvmc", "kvm")]
    [InlineData("qvmc", "kvm", "qvmc", "kvm")]
    [InlineData("ldap-user", null, "ldap-user", null)]
    [InlineData("ldap-user", "ldap-group", "ldap-user", "ldap-group")]
    public void IsFoundByNameOrNumber(string? user, string? group, string name, string? groupName) =>
        Assert.Equal(new DnsmasqUser(name, groupName), DnsmasqUser.Find(user, group, Users, Groups));

    [Fact]
    public void TheDistributionsOwnUserIsTakenBeforeNobody() =>
        Assert.Equal(new DnsmasqUser("dnsmasq", "nogroup"), DnsmasqUser.Find(null, null, Users.Append("dnsmasq:x:999:65534::/:/bin/false"), Groups));

    [Theory]
    [InlineData("4711", null, "user 4711", "set machine_user to")]
    [InlineData("qvmc", "4712", "group 4712", "set machine_group to")]
    public void ANumberWithoutANameIsRefused(string user, string? group, string what, string advice)
    {
        var fault = Assert.Throws<FaultException>(() => DnsmasqUser.Find(user, group, Users, Groups));
        Assert.Contains(what, fault.Message, StringComparison.Ordinal);
        Assert.Contains(advice, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADaemonWithoutTheRightsIsToldWhichAndWhatToDo()
    {
        Assert.Null(DhcpPrivileges.Obstacle("Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n"));
        Assert.Null(DhcpPrivileges.Obstacle("Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000003400\n"));
        var obstacle = DhcpPrivileges.Obstacle("Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000400\n");
        Assert.Equal(
            "a network with a DHCP server needs root, and this daemon runs as user 1000 without CAP_NET_ADMIN, CAP_NET_RAW: start \"qvmc qemu\" as root, or use a network of the kind \"user\"",
            obstacle);
        Assert.Contains("CAP_NET_BIND_SERVICE", DhcpPrivileges.Obstacle(""), StringComparison.Ordinal);
        Assert.Equal([true, false], new[] { DhcpPrivileges.IsRoot("Uid:\t0\t0\t0\t0\n"), DhcpPrivileges.IsRoot("Uid:\t1000\t0\t0\t0\n") });
    }
}
