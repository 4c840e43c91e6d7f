using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Qemu.Confinement;

namespace Qvmc.Qemu.Tests.Confinement;

/// <summary>
/// On a tree of plain files that stands for one of the kernel's: what would be written where. That the kernel takes it
/// is not shown here.
/// </summary>
public sealed class ControlGroupsTests : IDisposable
{
    private const string Uid = "abcdefghijkl";
    private readonly string _parent = Directory.CreateTempSubdirectory("groups-").FullName;

    public ControlGroupsTests()
    {
        Write("cgroup.controllers", "cpuset cpu io memory pids\n");
        Write("cgroup.procs", "");
        Write("cgroup.subtree_control", "");
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void A_machine_gets_bounds_above_all_that_it_needs()
    {
        Groups().Enter(Uid, 4711, new MachineBounds(GuestMib: 1024, Cpus: 2, TcgCacheMib: 128));
        Assert.Equal("4711", Read($"machine-{Uid}/cgroup.procs"));
        Assert.Equal($"{(1024L + 128 + 384 + 32) << 20}", Read($"machine-{Uid}/memory.high"));
        Assert.Equal($"{(1024L + 128 + 384 + 32 + 512) << 20}", Read($"machine-{Uid}/memory.max"));
        Assert.Equal("200", Read($"machine-{Uid}/cpu.weight"));
        Assert.Equal("264", Read($"machine-{Uid}/pids.max"));
        Assert.Equal("+pids", Read("cgroup.subtree_control"));
    }

    [Fact]
    public void What_is_not_offered_is_left_out()
    {
        Write("cgroup.controllers", "pids\n");
        Groups().Enter(Uid, 4711, new MachineBounds(1024, 255, 0));
        Assert.Equal(["cgroup.procs", "pids.max"], Directory.GetFiles(Path.Combine(_parent, $"machine-{Uid}")).Select(f => Path.GetFileName(f)!).Order());
    }

    [Fact]
    public void What_the_group_lacks_is_asked_of_the_one_above()
    {
        Write("cgroup.controllers", "memory\n");
        Directory.CreateDirectory(Path.Combine(_parent, "ours"));
        Write("ours/cgroup.procs", "");
        Write("ours/cgroup.controllers", "");
        ControlGroups.Choose(Path.Combine(_parent, "ours/"), NullLogger.Instance)!.Enter(Uid, 4711, new MachineBounds(1024, 1, 0));
        Assert.Equal("+memory", Read("cgroup.subtree_control"));
    }

    [Fact]
    public void A_group_that_is_not_there_yet_is_made()
    {
        var groups = ControlGroups.Choose(Path.Combine(_parent, "ours"), NullLogger.Instance)!;
        groups.Sweep();
        groups.Enter(Uid, 4711, new MachineBounds(1024, 1, 0));
        Assert.Equal("4711", Read($"ours/machine-{Uid}/cgroup.procs"));
    }

    [Fact]
    public void A_host_that_refuses_keeps_no_machine_from_starting()
    {
        var groups = Groups();
        File.Delete(Path.Combine(_parent, "cgroup.controllers"));
        groups.Enter(Uid, 4711, new MachineBounds(1024, 1, 0));
        Assert.Equal(0, groups.Leave(Uid));
    }

    [Fact]
    public void What_the_kernel_killed_for_memory_is_told()
    {
        var groups = Groups();
        groups.Enter(Uid, 4711, new MachineBounds(1024, 1, 0));
        Write($"machine-{Uid}/memory.events", "low 0\nhigh 12\nmax 3\noom 1\noom_kill 1\n");
        Assert.Equal(1, groups.Leave(Uid));
    }

    [Theory]
    [InlineData("/no/such/group")]
    [InlineData("/tmp")]
    public void A_parent_that_is_no_group_is_refused(string parent)
    {
        var fault = Assert.Throws<FaultException>(() => ControlGroups.Choose(parent, NullLogger.Instance));
        Assert.Equal("cgroup_parent", Assert.Single(fault.Fields).Field);
        Assert.Contains(parent, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void None_is_none() => Assert.Null(ControlGroups.Choose("none", NullLogger.Instance));

    private ControlGroups Groups() => ControlGroups.Choose(_parent, NullLogger.Instance)!;

    private string Read(string file) => File.ReadAllText(Path.Combine(_parent, file));

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_parent, file), text);
}
