using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Instances;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;
using static Qvmc.Core.Tests.Instances.RecordBuilder;

namespace Qvmc.Core.Tests.Instances;

public class ImageNeedTests
{
    private static readonly ImageWait Coming = new(ImageArrival.Coming, null, "image \"tiny\" is being pulled: 40 %", new Timestamp { Seconds = 5 });

    private static readonly ImageWait Refused = new(ImageArrival.Failed, null, "image \"tiny\" could not be pulled: no such file", new Timestamp { Seconds = 6 });

    [Fact]
    public void While_its_image_is_coming_it_is_starting_and_no_host_is_asked()
    {
        foreach (var host in new[] { Connected, Disconnected })
        {
            var seen = new Observation(null, host, Image: Coming);
            var status = StatusView.Compose(Waiting(), seen);
            Assert.Equal((State.Starting, Stage.Image), (status.State, status.Stage));
            var condition = status.Conditions.Single(c => c.Type == ConditionType.Image);
            Assert.Equal((false, "Pulling", Coming.Message), (condition.Met, condition.Reason, condition.Message));
            Assert.Equal(PlanStep.Nothing, Plan.Next(Waiting(), seen, removed: false));
        }
    }

    [Fact]
    public void When_it_is_here_it_is_taken()
    {
        var image = Image(mib: 32);
        var record = Waiting(disk: 0);
        Assert.Equal(PlanStep.TakeImage, Plan.Next(record, Here(image), removed: false));
        var taken = Desire.TakeImage(record, image);
        Assert.Equal((image.Digest, "qcow2", 32u, 1u), (taken.ImageDigest, taken.ImageFormat, taken.Instance.Spec.DiskMib, taken.Instance.Generation));
        Assert.Equal(PlanStep.Ensure, Plan.Next(taken, Here(image), removed: false));
        Assert.Equal(100u, Desire.TakeImage(Waiting(disk: 100), image).Instance.Spec.DiskMib);
    }

    [Fact]
    public void A_failed_pull_a_cancelled_one_a_small_disk_and_a_cd_have_failed_with_what_to_do()
    {
        Assert.Contains("no such file; when that is put right, start", Failure(new Observation(null, Connected, Image: Refused)), StringComparison.Ordinal);
        Assert.Contains("was cancelled: start", Failure(new Observation(null, Connected)), StringComparison.Ordinal);
        Assert.Contains("64 MiB is smaller than image \"tiny\", which needs 65", Failure(Here(Image(mib: 65))), StringComparison.Ordinal);
        var iso = Image(mib: 1);
        iso.Format = "iso";
        Assert.Contains("spec.cdroms", Failure(Here(iso)), StringComparison.Ordinal);
        Assert.Equal(PlanStep.Nothing, Plan.Next(Waiting(), Here(iso), removed: false));

        static string Failure(Observation seen)
        {
            var status = StatusView.Compose(Waiting(), seen);
            Assert.Equal((State.Failed, ImageNeed.Failed, ImageNeed.Failed), (status.State, status.Reason, status.LastError.Reason));
            return status.LastError.Message;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stop_and_a_start_of_one_that_waits(bool failed)
    {
        var seen = new Observation(null, Connected, Image: failed ? Refused : Coming);
        var record = Waiting();
        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Stop, Situation.Of(record, seen)).Verdict);
        var stopped = Desire.Stop(record, seen, null);
        Assert.Equal(State.Stopped, StatusView.Compose(stopped, seen).State);
        Assert.Equal(Verdict.AlreadySo, CommandRules.Judge(InstanceCommand.Stop, Situation.Of(stopped, seen)).Verdict);
        var started = Desire.Start(stopped, seen, paused: false);
        Assert.Equal(failed ? State.Failed : State.Starting, StatusView.Compose(started, seen).State);
        Assert.Equal(failed ? Verdict.Accept : Verdict.AlreadySo, CommandRules.Judge(InstanceCommand.Start, Situation.Of(started, seen)).Verdict);
    }

    [Fact]
    public void It_is_deleted_without_force_and_without_its_host()
    {
        var seen = new Observation(null, Disconnected, Image: Coming);
        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Delete, Situation.Of(Waiting(), seen)).Verdict);
        var deleted = Desire.Delete(Waiting(), seen, force: false, new Timestamp());
        Assert.Equal(PlanStep.Forget, Plan.Next(deleted, seen, removed: false));
    }

    [Fact]
    public void The_agent_is_installed_where_it_is_known_to_lack()
    {
        var image = Image(mib: 1);
        Assert.False(Desire.TakeImage(Waiting(), image).InstallAgent);
        image.GuestAgent = GuestAgent.Absent;
        Assert.True(Desire.Order(Desire.TakeImage(Waiting(), image)).InstallAgent);
        var without = Waiting();
        without.Instance.Spec.CloudInit = new Protos.Instance.V1.CloudInit { WithoutAgent = true };
        Assert.False(Desire.TakeImage(without, image).InstallAgent);
    }

    private static InstanceRecord Waiting(uint disk = 64)
    {
        var record = Record();
        record.ImageDigest = "";
        record.Instance.Spec.DiskMib = disk;
        return record;
    }

    private static ImageRecord Image(ulong mib) => new() { Name = "tiny", Digest = "sha256:" + new string('a', 64), Format = "qcow2", VirtualSizeBytes = mib << 20 };

    private static Observation Here(ImageRecord image) => new(null, Connected, Image: new ImageWait(ImageArrival.Here, image, "", null));
}
