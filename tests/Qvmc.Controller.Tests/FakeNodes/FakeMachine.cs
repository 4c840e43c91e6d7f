using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Controller.Tests.FakeNodes;

/// <summary>A machine by the contract of qemu.proto: an order, and what became of it.</summary>
internal sealed class FakeMachine(MachineOrder order)
{
    private List<NicStatus> _nics = [];

    public MachineOrder Order { get; private set; } = order;

    public State State { get; private set; } = State.Stopped;

    public uint Boot { get; private set; }

    public bool Ready { get; private set; }

    public string Reason { get; private set; } = "";

    public LastError? LastError { get; private set; }

    public bool HasProcess => State is State.Starting or State.Running or State.Paused or State.Stopping;

    /// <summary>False: the guest does not let go of interfaces that were removed.</summary>
    public bool LetsGo { get; set; } = true;

    public void Take(MachineOrder order)
    {
        Order = order;
        var kept = LetsGo ? [] : _nics.Where(n => order.Spec.Nics.All(o => o.Slot != n.Slot)).ToList();
        _nics = [.. kept, .. order.Spec.Nics.Where(n => n.Network != "none").Select(n => Describe(n, order.NicAddresses.FirstOrDefault(a => a.Slot == n.Slot)))];
    }

    /// <summary>The next step towards the order; false when there is none.</summary>
    public bool Step()
    {
        var wantsProcess = Order.Spec.Power is PowerState.Running or PowerState.Paused;
        if (!HasProcess)
        {
            return wantsProcess && Order.Boot > Boot && Enter(State.Starting, Order.Boot);
        }

        if (State == State.Stopping)
        {
            return Enter(State.Stopped, Boot, "StoppedByUser");
        }

        if (!wantsProcess || Order.Boot > Boot)
        {
            return Enter(State.Stopping, Boot);
        }

        var wanted = Order.Spec.Power == PowerState.Paused ? State.Paused : State.Running;
        return State != wanted && Enter(wanted, Boot);
    }

    public void BecomeReady() => Ready = true;

    public void Unready() => Ready = false;

    public void Fail(string message)
    {
        Enter(State.Failed, Boot, "QemuExited");
        LastError = new LastError { Reason = "QemuExited", Message = message, Time = new Timestamp { Seconds = 1 } };
    }

    public void ShutDownByGuest() => Enter(State.Stopped, Boot, "GuestShutdown");

    public Machine Describe() => new()
    {
        Uid = Order.Uid,
        Name = Order.Name,
        Status = new InstanceStatus
        {
            State = State,
            Stage = State == State.Starting ? Stage.Spawn : Stage.Unspecified,
            Reason = Reason,
            Boot = Boot,
            ObservedGeneration = Order.Generation,
            LastError = LastError?.Clone(),
            Pid = HasProcess ? 4242 : 0,
            Nics = { _nics },
            Conditions = { new Condition { Type = ConditionType.Ready, Met = Ready }, new Condition { Type = ConditionType.HasAddress, Met = Ready } },
        },
    };

    private static NicStatus Describe(Nic nic, NicAddress? address) =>
        new() { Slot = nic.Slot, Network = nic.Network, Mac = nic.Mac, Ipv4 = address?.Ipv4 ?? "", Ipv6 = address?.Ipv6 ?? "" };

    private bool Enter(State state, uint boot, string reason = "")
    {
        (State, Boot, Reason) = (state, boot, reason);
        Ready = Ready && HasProcess && state != State.Starting;
        LastError = state == State.Starting ? null : LastError;
        return true;
    }
}
