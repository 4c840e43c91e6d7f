using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using static Qvmc.Core.Tests.Instances.RecordBuilder;

namespace Qvmc.Core.Tests.Instances;

public class WaitRulesTests
{
    [Theory]
    [InlineData(WaitCondition.Unspecified, State.Unknown, true)]
    [InlineData(WaitCondition.Running, State.Running, true)]
    [InlineData(WaitCondition.Running, State.Starting, false)]
    [InlineData(WaitCondition.Running, State.Unknown, false)]
    [InlineData(WaitCondition.Ready, State.Running, false)]
    [InlineData(WaitCondition.Stopped, State.Failed, true)]
    [InlineData(WaitCondition.Stopped, State.Stopped, true)]
    [InlineData(WaitCondition.Stopped, State.Stopping, false)]
    [InlineData(WaitCondition.Paused, State.Paused, true)]
    public void Holds(WaitCondition condition, State state, bool met)
    {
        var outcome = WaitRules.Judge(condition, View(state), ownStart: false);
        Assert.Equal((met, null), (outcome.IsMet, outcome.Failure));
    }

    [Theory]
    [InlineData(ConditionType.Ready, WaitCondition.Ready)]
    [InlineData(ConditionType.HasAddress, WaitCondition.HasAddress)]
    [InlineData(ConditionType.CloudInit, WaitCondition.CloudInit)]
    public void Conditions_count_only_while_it_runs(ConditionType type, WaitCondition wait)
    {
        var running = View(State.Running);
        running.Status.Conditions.Add(new Condition { Type = type, Met = true });
        Assert.True(WaitRules.Judge(wait, running, ownStart: false).IsMet);
        running.Status.State = State.Stopping;
        Assert.False(WaitRules.Judge(wait, running, ownStart: false).IsMet);
    }

    [Theory]
    [InlineData("Error", "has errors of cloud-init: scripts_user: broken")]
    [InlineData("NotFound", "has no cloud-init in its guest")]
    [InlineData("Disabled", "has cloud-init disabled in its guest")]
    [InlineData("Unreadable", "does not let the result of cloud-init be read: scripts_user: broken")]
    public void A_cloud_init_that_will_not_be_done_ends_only_the_wait_for_it(string reason, string why)
    {
        var view = View(State.Running);
        view.Status.Conditions.Add(new Condition { Type = ConditionType.CloudInit, Reason = reason, Message = "scripts_user: broken" });
        Assert.EndsWith("\" " + why, WaitRules.Judge(WaitCondition.CloudInit, view, ownStart: false).Failure, StringComparison.Ordinal);
        Assert.Equal(WaitOutcome.NotYet, WaitRules.Judge(WaitCondition.Ready, view, ownStart: false));

        // That of a run which is past, or of a host which can't be reached, is no news of this one.
        view.Status.State = State.Stopping;
        Assert.Equal(WaitOutcome.NotYet, WaitRules.Judge(WaitCondition.CloudInit, view, ownStart: false));
    }

    [Fact]
    public void A_cloud_init_at_work_is_waited_for()
    {
        var view = View(State.Running);
        Assert.Equal(WaitOutcome.NotYet, WaitRules.Judge(WaitCondition.CloudInit, view, ownStart: true));
        view.Status.Conditions.Add(new Condition { Type = ConditionType.CloudInit, Reason = "Running" });
        Assert.Equal(WaitOutcome.NotYet, WaitRules.Judge(WaitCondition.CloudInit, view, ownStart: true));
    }

    [Fact]
    public void A_failure_ends_the_wait_with_its_cause()
    {
        var failed = View(State.Failed);
        failed.Status.LastError = new LastError { Message = "no space left" };
        Assert.Contains("no space left", WaitRules.Judge(WaitCondition.Ready, failed, ownStart: false).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopping_again_ends_only_the_wait_of_a_start()
    {
        Assert.NotNull(WaitRules.Judge(WaitCondition.Ready, View(State.Stopped), ownStart: true).Failure);
        Assert.Equal(WaitOutcome.NotYet, WaitRules.Judge(WaitCondition.Ready, View(State.Stopped), ownStart: false));
    }

    [Fact]
    public void A_deletion_ends_the_wait()
    {
        var view = View(State.Running);
        view.DeleteTime = new Timestamp { Seconds = 1 };
        Assert.NotNull(WaitRules.Judge(WaitCondition.Ready, view, ownStart: false).Failure);
    }

    private static Instance View(State state)
    {
        var view = Record().Instance;
        view.Status = new InstanceStatus { State = state };
        return view;
    }
}
