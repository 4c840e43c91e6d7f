using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using static Qvmc.Core.Tests.Instances.RecordBuilder;

namespace Qvmc.Core.Tests.Instances;

public class StatusViewTests
{
    [Fact]
    public void A_launch_that_its_host_has_not_taken_up_is_queued()
    {
        var status = StatusView.Compose(Record(), new Observation(null, Connected));
        Assert.Equal((State.Starting, Stage.Queued), (status.State, status.Stage));
    }

    [Fact]
    public void One_that_was_never_to_run_is_stopped_whoever_can_be_reached()
    {
        var record = Record(PowerState.Stopped, boot: 0);
        Assert.Equal(State.Stopped, StatusView.Compose(record, new Observation(null, Connected)).State);
        Assert.Equal(State.Stopped, StatusView.Compose(record, new Observation(null, Disconnected)).State);
    }

    [Fact]
    public void Without_its_host_nobody_knows()
    {
        var seen = Seen(State.Running) with { Host = Disconnected };
        seen.Machine!.Status.Conditions.Add(new Condition { Type = ConditionType.Ready, Met = true });
        var status = StatusView.Compose(Record(), seen);
        Assert.Equal(State.Unknown, status.State);
        Assert.False(status.Conditions.Single(c => c.Type == ConditionType.Ready).Met);
        var host = status.Conditions.Single(c => c.Type == ConditionType.HostReachable);
        Assert.Equal((false, "connection refused"), (host.Met, host.Message));
        Assert.True(seen.Machine.Status.Conditions[0].Met);
    }

    [Fact]
    public void An_old_failure_is_not_shown_once_another_start_is_wanted()
    {
        var seen = Seen(State.Failed, generation: 1, boot: 1);
        seen.Machine!.Status.LastError = new LastError { Message = "old" };
        Assert.Equal("old", StatusView.Compose(Record(), seen).LastError.Message);

        var status = StatusView.Compose(Record(generation: 2, boot: 2), seen);
        Assert.Equal((State.Starting, Stage.Queued), (status.State, status.Stage));
        Assert.Null(status.LastError);
    }

    [Theory]
    [InlineData(State.Running, State.Stopping, Stage.Queued)]
    [InlineData(State.Stopping, State.Stopping, Stage.Unspecified)]
    [InlineData(State.Stopped, State.Starting, Stage.Queued)]
    [InlineData(State.Unknown, State.Unknown, Stage.Unspecified)]
    public void A_restart_that_is_pending(State host, State shown, Stage stage)
    {
        var status = StatusView.Compose(Record(generation: 2, boot: 2), Seen(host));
        Assert.Equal((shown, stage), (status.State, status.Stage));
    }

    [Theory]
    [InlineData(State.Running, State.Stopping)]
    [InlineData(State.Failed, State.Failed)]
    [InlineData(State.Stopped, State.Stopped)]
    public void A_stop_that_is_pending(State host, State shown) =>
        Assert.Equal(shown, StatusView.Compose(Record(PowerState.Stopped, generation: 2), Seen(host)).State);

    [Fact]
    public void A_refused_start_has_failed_and_a_refused_change_warns()
    {
        var trouble = new OrderTrouble(2, true, "Refused", "no such network", Connected.Since);
        var start = StatusView.Compose(Record(generation: 2, boot: 2), Seen(State.Stopped) with { Trouble = trouble });
        Assert.Equal((State.Failed, "no such network"), (start.State, start.LastError.Message));

        var change = StatusView.Compose(Record(generation: 2), Seen(State.Running) with { Trouble = trouble });
        Assert.Equal((State.Running, "no such network"), (change.State, Assert.Single(change.Warnings)));

        var later = StatusView.Compose(Record(generation: 3, boot: 3), Seen(State.Stopped) with { Trouble = trouble });
        Assert.Equal((State.Starting, 0), (later.State, later.Warnings.Count));
    }

    [Fact]
    public void A_lost_machine_has_failed_and_is_not_made_again()
    {
        var seen = new Observation(null, Connected, Lost: true);
        var status = StatusView.Compose(Record(), seen);
        Assert.Equal((State.Failed, StatusReasons.MachineLost), (status.State, status.Reason));
        Assert.Equal(PlanStep.Nothing, Plan.Next(Record(generation: 9, boot: 9), seen, removed: false));
    }
}
