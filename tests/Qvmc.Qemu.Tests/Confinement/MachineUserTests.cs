using Qvmc.Core.Faults;
using Qvmc.Os.Accounts;
using Qvmc.Qemu.Confinement;

namespace Qvmc.Qemu.Tests.Confinement;

public sealed class MachineUserTests
{
    [Theory]
    [InlineData("no-such-user", "", "machine_user", "this host has no user \"no-such-user\"")]
    [InlineData("nobody", "no-such-group", "machine_group", "this host has no group \"no-such-group\"")]
    [InlineData("", "nogroup", "machine_group", "name that too")]
    [InlineData("root", "", "machine_user", "would give guests that break out of QEMU the host")]
    [InlineData("0", "", "machine_user", "would give guests that break out of QEMU the host")]
    public void Who_is_not_there_or_no_safer_is_refused(string user, string group, string field, string why)
    {
        var fault = Assert.Throws<FaultException>(() => MachineUser.Choose(user, group));
        Assert.Equal(field, Assert.Single(fault.Fields).Field);
        Assert.Contains(Account.IsRoot ? why : "is not root", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_daemon_that_is_not_root_runs_everything_as_itself()
    {
        if (!Account.IsRoot)
        {
            Assert.Null(MachineUser.Choose("", ""));
        }
    }

    [Fact]
    public void A_user_is_known_by_name_and_by_number()
    {
        var nobody = Account.FindUser("nobody")!;
        Assert.NotEqual(0u, nobody.UserId);
        Assert.Equal(nobody, Account.FindUser($"{nobody.UserId}"));
        Assert.Equal(new Account("", 4_000_000_001, 4_000_000_001), Account.FindUser("4000000001"));
        Assert.Equal(0u, Account.FindGroup("root"));
        Assert.Equal(0u, Account.FindUser("root")!.UserId);
    }

    [Fact]
    public void The_command_keeps_no_privilege()
    {
        var command = new MachineUser(new Account("", 4_000_000_001, 5)).Command("/usr/bin/qemu", ["-S"]);
        Assert.EndsWith("/setpriv", command[0], StringComparison.Ordinal);
        Assert.Equal(
            ["--reuid=4000000001", "--regid=5", "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--", "/usr/bin/qemu", "-S"],
            command.Skip(1));
        Assert.Contains("--init-groups", new MachineUser(new Account("nobody", 65534, 65534)).Command("/usr/bin/qemu", []));
    }

    [Fact]
    public void ElsewhereThanOnLinuxThereIsNone()
    {
        Assert.Null(MachineUser.Choose("", "", onLinux: false));
        var fault = Assert.Throws<FaultException>(() => MachineUser.Choose("nobody", "", onLinux: false));
        Assert.Equal("machine_user", Assert.Single(fault.Fields).Field);
    }
}
