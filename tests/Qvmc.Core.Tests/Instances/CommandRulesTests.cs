using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Tests.Instances;

public class CommandRulesTests
{
    [Theory]
    [InlineData(InstanceCommand.Start, State.Stopped, Verdict.Accept)]
    [InlineData(InstanceCommand.Start, State.Failed, Verdict.Accept)]
    [InlineData(InstanceCommand.Start, State.Starting, Verdict.AlreadySo)]
    [InlineData(InstanceCommand.Start, State.Running, Verdict.AlreadySo)]
    [InlineData(InstanceCommand.Start, State.Paused, Verdict.Accept)]
    [InlineData(InstanceCommand.Start, State.Stopping, Verdict.Accept)]
    [InlineData(InstanceCommand.Stop, State.Stopped, Verdict.AlreadySo)]
    [InlineData(InstanceCommand.Stop, State.Failed, Verdict.AlreadySo)]
    [InlineData(InstanceCommand.Stop, State.Starting, Verdict.Accept)]
    [InlineData(InstanceCommand.Stop, State.Running, Verdict.Accept)]
    [InlineData(InstanceCommand.Stop, State.Paused, Verdict.Accept)]
    [InlineData(InstanceCommand.Stop, State.Stopping, Verdict.AlreadySo)]
    [InlineData(InstanceCommand.Stop, State.Unknown, Verdict.Accept)]
    [InlineData(InstanceCommand.Restart, State.Stopped, Verdict.Accept)]
    [InlineData(InstanceCommand.Restart, State.Running, Verdict.Accept)]
    [InlineData(InstanceCommand.Restart, State.Unknown, Verdict.Accept)]
    [InlineData(InstanceCommand.Pause, State.Running, Verdict.Accept)]
    [InlineData(InstanceCommand.Pause, State.Paused, Verdict.Accept)]
    [InlineData(InstanceCommand.Pause, State.Starting, Verdict.Accept)]
    [InlineData(InstanceCommand.Pause, State.Unknown, Verdict.Accept)]
    [InlineData(InstanceCommand.Pause, State.Stopped, Verdict.Refuse)]
    [InlineData(InstanceCommand.Pause, State.Failed, Verdict.Refuse)]
    [InlineData(InstanceCommand.Pause, State.Stopping, Verdict.Refuse)]
    [InlineData(InstanceCommand.Resume, State.Running, Verdict.AlreadySo)]
    [InlineData(InstanceCommand.Resume, State.Paused, Verdict.Accept)]
    [InlineData(InstanceCommand.Resume, State.Starting, Verdict.AlreadySo)]
    [InlineData(InstanceCommand.Resume, State.Unknown, Verdict.Accept)]
    [InlineData(InstanceCommand.Resume, State.Stopped, Verdict.Refuse)]
    [InlineData(InstanceCommand.Resume, State.Failed, Verdict.Refuse)]
    [InlineData(InstanceCommand.Resume, State.Stopping, Verdict.Refuse)]
    [InlineData(InstanceCommand.Update, State.Running, Verdict.Accept)]
    [InlineData(InstanceCommand.Update, State.Unknown, Verdict.Accept)]
    [InlineData(InstanceCommand.Delete, State.Stopped, Verdict.Accept)]
    [InlineData(InstanceCommand.Delete, State.Failed, Verdict.Accept)]
    [InlineData(InstanceCommand.Delete, State.Running, Verdict.Refuse)]
    [InlineData(InstanceCommand.Delete, State.Paused, Verdict.Refuse)]
    [InlineData(InstanceCommand.Delete, State.Starting, Verdict.Refuse)]
    [InlineData(InstanceCommand.Delete, State.Stopping, Verdict.Refuse)]
    [InlineData(InstanceCommand.Delete, State.Unknown, Verdict.Accept)]
    public void Verdicts(InstanceCommand command, State state, Verdict verdict) =>
        Assert.Equal(verdict, CommandRules.Judge(command, In(state)).Verdict);

    /// <summary>Its QEMU does not answer, its host does.</summary>
    [Theory]
    [InlineData(InstanceCommand.Start, PowerState.Running, Verdict.AlreadySo)]
    [InlineData(InstanceCommand.Start, PowerState.Paused, Verdict.Accept)]
    [InlineData(InstanceCommand.Stop, PowerState.Running, Verdict.Accept)]
    [InlineData(InstanceCommand.Restart, PowerState.Running, Verdict.Accept)]
    [InlineData(InstanceCommand.Pause, PowerState.Running, Verdict.Accept)]
    [InlineData(InstanceCommand.Pause, PowerState.Paused, Verdict.AlreadySo)]
    [InlineData(InstanceCommand.Resume, PowerState.Paused, Verdict.Accept)]
    [InlineData(InstanceCommand.Update, PowerState.Running, Verdict.Accept)]
    [InlineData(InstanceCommand.Delete, PowerState.Running, Verdict.Refuse)]
    public void Silent_machines_are_told_of_as_such(InstanceCommand command, PowerState wanted, Verdict verdict)
    {
        var ruling = CommandRules.Judge(command, In(State.Unknown) with { Silent = true, Wanted = wanted });
        Assert.Equal(verdict, ruling.Verdict);
        Assert.DoesNotContain("host", ruling.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Silent_machines_are_deleted_by_force_and_not_started_paused()
    {
        var silent = In(State.Unknown) with { Silent = true };
        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Delete, silent, force: true).Verdict);
        Assert.Equal(Verdict.Refuse, CommandRules.Judge(InstanceCommand.Start, silent, paused: true).Verdict);
        Assert.Equal(Verdict.AlreadySo, CommandRules.Judge(InstanceCommand.Delete, silent with { Deleting = true }).Verdict);
    }

    [Theory]
    [InlineData(State.Running)]
    [InlineData(State.Starting)]
    [InlineData(State.Stopping)]
    [InlineData(State.Paused)]
    public void Force_deletes_in_any_state(State state) =>
        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Delete, In(state), force: true).Verdict);

    [Fact]
    public void Force_hastens_a_stop_once()
    {
        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Stop, In(State.Stopping), force: true).Verdict);
        Assert.Equal(Verdict.AlreadySo, CommandRules.Judge(InstanceCommand.Stop, In(State.Stopping) with { Forced = true }, force: true).Verdict);
    }

    [Fact]
    public void A_pause_that_is_wanted_already_is_no_news_and_can_be_taken_back()
    {
        foreach (var state in new[] { State.Paused, State.Starting, State.Unknown })
        {
            Assert.Equal(Verdict.AlreadySo, CommandRules.Judge(InstanceCommand.Pause, In(state) with { Wanted = PowerState.Paused }).Verdict);
        }

        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Resume, In(State.Running) with { Wanted = PowerState.Paused }).Verdict);
        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Resume, In(State.Starting) with { Wanted = PowerState.Paused }).Verdict);
        Assert.Equal(Verdict.Refuse, CommandRules.Judge(InstanceCommand.Resume, In(State.Unknown) with { SeenDown = true }).Verdict);
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(null, 5, true)]
    [InlineData(60, 5, true)]
    [InlineData(5, 5, false)]
    [InlineData(5, 60, false)]
    [InlineData(5, null, false)]
    public void A_shorter_grace_hastens_a_stop_and_a_longer_one_does_not_delay_it(int? before, int? now, bool hastens)
    {
        var ruling = CommandRules.Judge(InstanceCommand.Stop, In(State.Stopping) with { Grace = Seconds(before) }, grace: Seconds(now));
        Assert.Equal(hastens ? Verdict.Accept : Verdict.AlreadySo, ruling.Verdict);
        Assert.Equal(Verdict.AlreadySo, CommandRules.Judge(InstanceCommand.Stop, In(State.Stopping) with { Forced = true }, grace: Seconds(now)).Verdict);

        static Duration? Seconds(int? seconds) => seconds is { } s ? Duration.FromTimeSpan(TimeSpan.FromSeconds(s)) : null;
    }

    [Fact]
    public void A_stop_takes_back_a_start_that_waits()
    {
        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Stop, In(State.Stopping) with { StartPending = true }).Verdict);
        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Stop, In(State.Failed) with { StartPending = true }).Verdict);
    }

    [Fact]
    public void A_start_never_restarts_a_guest_that_may_be_running()
    {
        var unknown = In(State.Unknown);
        Assert.Equal(Verdict.AlreadySo, CommandRules.Judge(InstanceCommand.Start, unknown).Verdict);
        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Start, unknown with { SeenDown = true }).Verdict);
        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Start, unknown with { Wanted = PowerState.Stopped }).Verdict);
    }

    [Fact]
    public void A_paused_start_never_pauses_a_running_guest()
    {
        Assert.Equal(Verdict.Refuse, CommandRules.Judge(InstanceCommand.Start, In(State.Running), paused: true).Verdict);
        Assert.Equal(Verdict.AlreadySo, CommandRules.Judge(InstanceCommand.Start, In(State.Paused), paused: true).Verdict);
    }

    [Fact]
    public void What_is_being_deleted_can_only_be_deleted()
    {
        foreach (var command in System.Enum.GetValues<InstanceCommand>())
        {
            var ruling = CommandRules.Judge(command, In(State.Stopped) with { Deleting = true });
            Assert.Equal(command == InstanceCommand.Delete ? Verdict.AlreadySo : Verdict.Refuse, ruling.Verdict);
        }

        Assert.Equal(Verdict.Accept, CommandRules.Judge(InstanceCommand.Delete, In(State.Running) with { Deleting = true }, force: true).Verdict);
    }

    [Fact]
    public void Every_ruling_names_the_instance()
    {
        var rulings = from command in System.Enum.GetValues<InstanceCommand>()
                      from state in System.Enum.GetValues<State>()
                      from force in new[] { false, true }
                      from paused in new[] { false, true }
                      select CommandRules.Judge(command, In(state), force, paused);
        Assert.All(rulings, r => Assert.StartsWith("instance \"web1\" ", r.Message, StringComparison.Ordinal));
    }

    private static Situation In(State state) => new("web1", state, false, false, PowerState.Running, false, false, null);
}
