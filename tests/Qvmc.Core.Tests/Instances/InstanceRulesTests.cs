using CsCheck;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Core.Tests.Instances;

public class InstanceRulesTests
{
    private static readonly ImageRecord Tiny = new() { Name = "tiny", VirtualSizeBytes = (64 << 20) + 1 };

    [Fact]
    public void The_least_launch_is_allowed() => Assert.Empty(InstanceRules.CheckLaunch(Launch()));

    [Fact]
    public void Every_fault_comes_at_once()
    {
        var request = Launch();
        request.Name = "..";
        request.Labels["a b"] = new string('x', 256);
        request.RequestId = new string('x', 129);
        request.Wait = (WaitCondition)99;
        request.Timeout = Duration.FromTimeSpan(TimeSpan.FromHours(2));
        request.Spec = new InstanceSpec
        {
            Image = "A",
            Cpus = 256,
            MemoryMib = 31,
            DiskMib = 67_108_865,
            Power = (PowerState)7,
            Nics = { new Nic { Network = "a_b", Mac = "1" }, new Nic { Mac = "52:54:00:00:00:01" }, new Nic { Mac = "52:54:00:00:00:01" } },
            Forwards =
            {
                new PortForward { Protocol = (Protocol)3, HostAddress = "127.1", HostPort = 0, GuestPort = 65536 },
                new PortForward { HostPort = 80, GuestPort = 80 },
                new PortForward { HostAddress = "0.0.0.0", HostPort = 80, GuestPort = 81 },
            },
        };
        Assert.Equal(
            [
                "labels[\"a b\"]", "labels[\"a b\"]", "name", "request_id", "spec.cpus", "spec.disk_mib",
                "spec.forwards[0].guest_port", "spec.forwards[0].host_address", "spec.forwards[0].host_port", "spec.forwards[0].protocol",
                "spec.forwards[2].host_port", "spec.image", "spec.memory_mib", "spec.nics[0].mac", "spec.nics[0].network", "spec.nics[2].mac",
                "spec.power", "timeout", "wait",
            ],
            InstanceRules.CheckLaunch(request).Select(f => f.Field).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0u, 0u, 0u, true)]
    [InlineData(255u, 16_777_216u, 67_108_864u, true)]
    [InlineData(1u, 32u, 1u, true)]
    [InlineData(256u, 32u, 1u, false)]
    [InlineData(uint.MaxValue, 32u, 1u, false)]
    [InlineData(1u, 31u, 1u, false)]
    [InlineData(1u, 16_777_217u, 1u, false)]
    [InlineData(1u, 32u, 67_108_865u, false)]
    public void Sizes(uint cpus, uint memory, uint disk, bool allowed)
    {
        var request = Launch();
        (request.Spec.Cpus, request.Spec.MemoryMib, request.Spec.DiskMib) = (cpus, memory, disk);
        Assert.Equal(allowed, InstanceRules.CheckLaunch(request).Count == 0);
    }

    [Theory]
    [InlineData(WaitCondition.Ready, PowerState.Stopped, false)]
    [InlineData(WaitCondition.Running, PowerState.Paused, false)]
    [InlineData(WaitCondition.Stopped, PowerState.Unspecified, false)]
    [InlineData(WaitCondition.Paused, PowerState.Paused, true)]
    [InlineData(WaitCondition.Ready, PowerState.Unspecified, true)]
    [InlineData(WaitCondition.Stopped, PowerState.Stopped, true)]
    public void A_wait_that_never_ends_is_a_fault(WaitCondition wait, PowerState power, bool allowed)
    {
        var request = Launch();
        (request.Wait, request.Spec.Power) = (wait, power);
        Assert.Equal(allowed, InstanceRules.CheckLaunch(request).Count == 0);
    }

    [Theory]
    [InlineData(64u, false)]
    [InlineData(65u, true)]
    [InlineData(0u, true)]
    public void A_disk_holds_its_image(uint mib, bool allowed)
    {
        var fault = InstanceRules.CheckDiskHolds(Tiny, mib);
        Assert.Equal(allowed, fault is null);
        Assert.True(allowed || fault!.Message.Contains("needs 65", StringComparison.Ordinal));
    }

    [Fact]
    public void Complete_fills_in_what_was_left_open()
    {
        var spec = InstanceRules.Complete(
            new InstanceSpec { Image = "tiny", Forwards = { new PortForward { HostPort = 1, GuestPort = 2 } } }, "abcdefghijkl", Tiny, new InstanceDefaults { MemoryMib = 256 });
        Assert.Equal((1u, 256u, 65u, PowerState.Running), (spec.Cpus, spec.MemoryMib, spec.DiskMib, spec.Power));
        Assert.Equal(MacAddress.Derive("abcdefghijkl", 0), Assert.Single(spec.Nics).Mac);
        Assert.Equal((Protocol.Tcp, "127.0.0.1"), (spec.Forwards[0].Protocol, spec.Forwards[0].HostAddress));
    }

    [Theory]
    [InlineData("tiny", 0u, false, "")]
    [InlineData("tiny", 0u, true, "")]
    [InlineData("", 10u, true, "")]
    [InlineData("", 10u, false, "spec.image")]
    [InlineData("", 0u, false, "spec.image")]
    [InlineData("", 0u, true, "spec.disk_mib")]
    public void Without_an_image_there_is_an_empty_disk_and_a_CD(string image, uint disk, bool cdrom, string fault)
    {
        var request = Launch();
        request.Spec = new InstanceSpec { Image = image, DiskMib = disk, Cdroms = { cdrom ? [new Cdrom { Image = "installer" }] : Array.Empty<Cdrom>() } };
        Assert.Equal(fault, string.Join(' ', InstanceRules.CheckLaunch(request).Select(f => f.Field)));
        if (image.Length + fault.Length == 0)
        {
            Assert.Equal(disk, InstanceRules.Complete(request.Spec, "abcdefghijkl", null, null).DiskMib);
        }
    }

    [Fact]
    public void Data_disks_and_CDs_are_judged_and_completed()
    {
        var request = Launch();
        request.Spec.DataDisks.Add([new DataDisk { SizeMib = 10 }, new DataDisk { Name = "data1", SizeMib = 0 }]);
        request.Spec.Cdroms.Add(new Cdrom { Image = "A" });
        Assert.Equal(["spec.data_disks[1].size_mib", "spec.cdroms[0].image"], InstanceRules.CheckLaunch(request).Select(f => f.Field));
        var spec = InstanceRules.Complete(request.Spec, "abcdefghijkl", Tiny, null);
        Assert.Equal([("data2", 1u), ("data1", 1u)], spec.DataDisks.Select(d => (d.Name, d.Generation)));
    }

    [Fact]
    public void Any_strings_are_judged() => Gen.Select(Gen.String, Gen.String, Gen.String, Gen.Long).Sample((a, b, c, n) =>
    {
        var request = Launch();
        request.Name = a;
        request.Labels[b] = c;
        request.Timeout = new Duration { Seconds = n, Nanos = (int)(n >> 7) };
        request.Spec.Image = b;
        request.Spec.Nics.Add(new Nic { Network = c, Mac = a });
        request.Spec.Forwards.Add(new PortForward { HostAddress = a, HostPort = (uint)n, GuestPort = 1 });
        request.Spec.Forwards.Add(new PortForward { HostAddress = b, HostPort = (uint)n, GuestPort = 1 });
        Assert.All(InstanceRules.CheckLaunch(request), AssertSound);
    });

    private static void AssertSound(FieldFault fault)
    {
        Assert.NotEmpty(fault.Field);
        Assert.DoesNotContain(fault.Message, char.IsControl);
        Assert.True(fault.Message.Length < 1000, fault.Message);
    }

    private static LaunchRequest Launch() => new() { Name = "web1", Spec = new InstanceSpec { Image = "tiny" } };
}
