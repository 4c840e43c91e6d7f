using CsCheck;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Instances;
using Qvmc.Core.Networks;
using Qvmc.Protos.Instance.V1;
using static Qvmc.Core.Tests.Instances.RecordBuilder;

namespace Qvmc.Core.Tests.Instances;

public class PlanTests
{
    [Fact]
    public void Steps()
    {
        Assert.Equal(PlanStep.Ensure, Plan.Next(Record(), new Observation(null, Connected), removed: false));
        Assert.Equal(PlanStep.Ensure, Plan.Next(Record(generation: 2), Seen(State.Running), removed: false));
        Assert.Equal(PlanStep.Nothing, Plan.Next(Record(), Seen(State.Stopped), removed: false));
        Assert.Equal(PlanStep.Overtake, Plan.Next(Record(), Seen(State.Running, generation: 2), removed: false));
        var deleted = Desire.Delete(Record(), Seen(State.Stopped), force: false, new Timestamp());
        Assert.Equal(PlanStep.Remove, Plan.Next(deleted, new Observation(null, Connected), removed: false));
        Assert.Equal(PlanStep.Forget, Plan.Next(deleted, new Observation(null, Connected), removed: true));
    }

    [Fact]
    public void Addresses_come_before_the_order_as_soon_as_the_networks_are_known()
    {
        var record = Networks.Nets.Record("web1", "abcdefghijkl", new Nic { Network = "lan" });
        record.ImageDigest = "sha256:" + new string('0', 64);
        var unknown = new Observation(null, Connected);
        var known = unknown with { Networks = [Networks.Nets.Bridge()] };
        Assert.Equal(PlanStep.Ensure, Plan.Next(record, unknown, removed: false));
        Assert.Equal(PlanStep.ReserveAddresses, Plan.Next(record, known, removed: false));
        var reserved = Desire.ReserveAddresses(record, known, new HostHoldings());
        Assert.Equal((PlanStep.Ensure, 1u), (Plan.Next(reserved, known, removed: false), reserved.Instance.Generation));
        Assert.Equal(reserved.NicAddresses, Desire.Order(reserved).NicAddresses);

        // A host that had an order without them hears of it as of any change.
        Assert.Equal(2u, Desire.ReserveAddresses(record, known with { Machine = Machine(State.Stopped) }, new HostHoldings()).Instance.Generation);

        // They are shown before the host speaks of them.
        var nic = Assert.Single(StatusView.Compose(reserved, known).Nics);
        Assert.Equal(("lan", reserved.NicAddresses[0].Ipv4, "web1.lan.qvmc.internal"), (nic.Network, nic.Ipv4, nic.Hostname));
    }

    // Any commands, in any order, on a host that takes orders up late, steps on at any time, and whose guest may shut
    // itself down: left alone, it ends as the last accepted command wants it, and there is nothing left to do.
    [Fact]
    public void Any_history_converges() => Gen.Int[0, 11].Array[0, 40].Sample(history =>
    {
        var world = new World();
        foreach (var step in history)
        {
            world.Step(step);
        }

        world.Settle();
        Assert.Equal(PlanStep.Nothing, Plan.Next(world.Record, world.Seen, removed: false));
        Assert.Equal(world.ExpectedState, world.Host.State);
        Assert.Equal(world.Host.State, StatusView.Compose(world.Record, world.Seen).State);
    });

    [Fact]
    public void Every_resume_of_a_machine_that_stands_still_is_a_new_one()
    {
        var paused = Record();
        var resumed = Desire.Resume(paused, Seen(State.Paused));
        Assert.Equal((PowerState.Running, resumed.Instance.Generation, paused.Boot), (resumed.Instance.Spec.Power, Desire.Order(resumed).Resume, resumed.Boot));
        var started = Desire.Start(resumed, Seen(State.Paused, generation: resumed.Instance.Generation), paused: false);
        Assert.Equal((started.Instance.Generation, paused.Boot), (Desire.Order(started).Resume, started.Boot));
        Assert.Equal(started.Resume, Desire.Next(started, null).Resume);
    }

    [Fact]
    public void Repeated_orders_never_bring_back_a_guest_that_shut_itself_down()
    {
        var world = new World();
        world.Settle();
        Assert.Equal(State.Running, world.Host.State);
        world.Host.ShutDownByGuest();
        for (var i = 0; i < 3; i++)
        {
            world.Host.TakeUp(Desire.Order(world.Record));
            world.Settle();
        }

        Assert.Equal(State.Stopped, world.Host.State);
    }

    private sealed class World
    {
        public ModelHost Host { get; } = new();

        public Protos.Record.V1.InstanceRecord Record { get; private set; } = Record();

        public Observation Seen => new(Host.Machine, Connected);

        // A guest that ended its own latest run stays down; otherwise the desire decides.
        public State ExpectedState => Record.Instance.Spec.Power switch
        {
            PowerState.Stopped => State.Stopped,
            PowerState.Running or PowerState.Unspecified => Host.GuestEnded == Record.Boot ? State.Stopped : State.Running,
            PowerState.Paused => Host.GuestEnded == Record.Boot ? State.Stopped : State.Paused,
        };

        public void Step(int step)
        {
            switch (step)
            {
                case 0 or 1:
                    Accepted(InstanceCommand.Start, false, false, () => Desire.Start(Record, Seen, paused: false));
                    break;
                case 2:
                    Accepted(InstanceCommand.Start, false, true, () => Desire.Start(Record, Seen, paused: true));
                    break;
                case 3:
                    Accepted(InstanceCommand.Stop, false, false, () => Desire.Stop(Record, Seen, null));
                    break;
                case 4:
                    Accepted(InstanceCommand.Stop, true, false, () => Desire.Stop(Record, Seen, new StopPolicy { Force = true }));
                    break;
                case 5:
                    Accepted(InstanceCommand.Restart, false, false, () => Desire.Restart(Record, Seen, null));
                    break;
                case 10:
                    Accepted(InstanceCommand.Pause, false, false, () => Desire.Pause(Record, Seen));
                    break;
                case 11:
                    Accepted(InstanceCommand.Resume, false, false, () => Desire.Resume(Record, Seen));
                    break;
                case 6:
                    Host.ShutDownByGuest();
                    break;
                case 7:
                    Host.TakeUp(Desire.Order(Record));
                    break;
                default:
                    Host.Advance();
                    break;
            }
        }

        public void Settle()
        {
            for (var i = 0; i < 20; i++)
            {
                if (Plan.Next(Record, Seen, removed: false) == PlanStep.Ensure)
                {
                    Host.TakeUp(Desire.Order(Record));
                }

                Host.Advance();
            }
        }

        private void Accepted(InstanceCommand command, bool force, bool paused, Func<Protos.Record.V1.InstanceRecord> change)
        {
            if (CommandRules.Judge(command, Situation.Of(Record, Seen), force, paused).Verdict == Verdict.Accept)
            {
                Record = change();
            }
        }
    }
}
