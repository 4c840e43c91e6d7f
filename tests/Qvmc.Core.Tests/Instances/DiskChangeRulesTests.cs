using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Tests.Instances;

public class DiskChangeRulesTests
{
    private static readonly DataDisk Present = new() { Name = "data1", SizeMib = 100, Generation = 1 };

    [Theory]
    [InlineData("", 1u, "")]
    [InlineData("x", 67_108_864u, "")]
    [InlineData("X", 0u, "disk.size_mib disk.name")]
    [InlineData("x", 67_108_865u, "disk.size_mib")]
    public void Adding(string name, uint mib, string fields) => Assert.Equal(
        fields,
        string.Join(' ', DiskChangeRules.Check(new AddDiskRequest { Disk = new DataDisk { Name = name, SizeMib = mib } }, new InstanceSpec()).Select(f => f.Field)));

    [Fact]
    public void Adding_without_a_disk_or_beyond_the_most_is_a_fault()
    {
        Assert.Equal("disk.size_mib", Assert.Single(DiskChangeRules.Check(new AddDiskRequest(), new InstanceSpec())).Field);
        var full = new InstanceSpec { DataDisks = { Enumerable.Range(1, 16).Select(n => new DataDisk { Name = $"data{n}", SizeMib = 1 }) } };
        Assert.Equal("disk", Assert.Single(DiskChangeRules.Check(new AddDiskRequest { Disk = new DataDisk { SizeMib = 1 } }, full)).Field);
    }

    [Theory]
    [InlineData(0u, null, false)]
    [InlineData(0u, true, true)]
    [InlineData(100u, null, true)]
    [InlineData(101u, null, true)]
    [InlineData(99u, null, false)]
    [InlineData(67_108_865u, null, false)]
    public void Changing(uint mib, bool? detached, bool allowed)
    {
        var request = new UpdateDiskRequest { SizeMib = mib };
        if (detached is { } value)
        {
            request.Detached = value;
        }

        Assert.Equal(allowed, DiskChangeRules.Check(request, Present).Count == 0);
    }

    [Fact]
    public void An_attached_disk_is_removed_by_force_only()
    {
        var instance = RecordBuilder.Record().Instance;
        Assert.Equal(FaultCode.FailedPrecondition, DiskChangeRules.CheckRemove(instance, Present, force: false)!.Code);
        Assert.Null(DiskChangeRules.CheckRemove(instance, Present, force: true));
        Assert.Null(DiskChangeRules.CheckRemove(instance, new DataDisk { Detached = true }, force: false));
    }

    [Fact]
    public void A_disk_that_is_not_there_is_told_which_are()
    {
        var instance = RecordBuilder.Record().Instance;
        instance.Spec.DataDisks.Add(Present);
        Assert.Same(instance.Spec.DataDisks[0], DiskChangeRules.Find(instance, "data1"));
        var fault = Assert.Throws<FaultException>(() => DiskChangeRules.Find(instance, "data2"));
        Assert.Equal(FaultCode.NotFound, fault.Code);
        Assert.Contains("\"data1\"", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Removed_disks_stay_on_record_until_the_host_has_seen_it()
    {
        var record = RecordBuilder.Record(generation: 5);
        record.RemovedDisks.Add(new DataDisk { Name = "data1", Generation = 2 });
        Assert.Single(Desire.Order(record).RemovedDisks);
        Assert.Single(Desire.Next(record, null).RemovedDisks);
        Assert.Single(Desire.Next(record, RecordBuilder.Machine(State.Running, generation: 4)).RemovedDisks);
        Assert.Empty(Desire.Next(record, RecordBuilder.Machine(State.Running, generation: 5)).RemovedDisks);
    }
}
