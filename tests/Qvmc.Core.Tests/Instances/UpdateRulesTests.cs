using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Tests.Instances;

public class UpdateRulesTests
{
    private static readonly InstanceSpec Current = new() { Cpus = 2, MemoryMib = 512, DiskMib = 1000 };

    [Fact]
    public void Without_a_mask_the_values_that_are_given_are_taken()
    {
        var instance = RecordBuilder.Record().Instance;
        instance.Labels["keep"] = "1";
        var request = new UpdateRequest { Spec = new InstanceSpec { Cpus = 4 } };
        Assert.Empty(UpdateRules.Check(request, Current));
        Assert.True(UpdateRules.Apply(request, instance));
        Assert.Equal((4u, 64u, "1"), (instance.Spec.Cpus, instance.Spec.MemoryMib, instance.Labels["keep"]));
        Assert.False(UpdateRules.Apply(request, instance));
    }

    [Fact]
    public void With_a_mask_labels_can_be_emptied_and_other_values_are_left()
    {
        var instance = RecordBuilder.Record().Instance;
        instance.Labels["gone"] = "1";
        var request = new UpdateRequest { Spec = new InstanceSpec { Cpus = 4 }, UpdateMask = FieldMask.FromString("labels") };
        Assert.Empty(UpdateRules.Check(request, Current));
        Assert.True(UpdateRules.Apply(request, instance));
        Assert.Empty(instance.Labels);
        Assert.Equal(1u, instance.Spec.Cpus);
    }

    [Theory]
    [InlineData("spec.image", 0u, 0u, "update_mask")]
    [InlineData("spec.cpus", 0u, 0u, "spec.cpus")]
    [InlineData("spec.cpus", 256u, 0u, "spec.cpus")]
    [InlineData("spec.disk_mib", 0u, 999u, "spec.disk_mib")]
    [InlineData("", 0u, 0u, "spec")]
    public void Faults(string mask, uint cpus, uint disk, string field)
    {
        var request = new UpdateRequest { Spec = new InstanceSpec { Cpus = cpus, DiskMib = disk } };
        request.UpdateMask = mask.Length > 0 ? new FieldMask { Paths = { mask } } : null;
        Assert.Equal(field, Assert.Single(UpdateRules.Check(request, Current)).Field);
    }

    [Fact]
    public void Autostart_is_turned_on_by_its_value_and_off_by_the_mask()
    {
        var instance = RecordBuilder.Record().Instance;
        var on = new UpdateRequest { Spec = new InstanceSpec { Autostart = new Autostart { Order = 3 } } };
        Assert.Empty(UpdateRules.Check(on, Current));
        Assert.True(UpdateRules.Apply(on, instance));
        Assert.Equal(3u, instance.Spec.Autostart.Order);
        var off = new UpdateRequest { UpdateMask = FieldMask.FromString("spec.autostart") };
        Assert.Empty(UpdateRules.Check(off, Current));
        Assert.True(UpdateRules.Apply(off, instance));
        Assert.Null(instance.Spec.Autostart);
        on.Spec.Autostart = new Autostart { Order = 10_000, Delay = Duration.FromTimeSpan(TimeSpan.FromHours(2)) };
        Assert.Equal(["spec.autostart.order", "spec.autostart.delay"], UpdateRules.Check(on, Current).Select(f => f.Field));
    }

    [Fact]
    public void A_disk_that_would_shrink_is_told_both_sizes()
    {
        var fault = Assert.Single(UpdateRules.Check(new UpdateRequest { Spec = new InstanceSpec { DiskMib = 500 } }, Current));
        Assert.Contains("500", fault.Message, StringComparison.Ordinal);
        Assert.Contains("1000", fault.Message, StringComparison.Ordinal);
    }
}
