using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Core.Tests.Instances;

/// <summary>A host by the contract of qemu.proto, one step at a time.</summary>
internal sealed class ModelHost
{
    private MachineOrder? _order;

    public State State { get; private set; } = State.Stopped;

    public uint Boot { get; private set; }

    /// <summary>The run that its guest ended; 0 when none did.</summary>
    public uint GuestEnded { get; private set; }

    public Machine? Machine => _order is null ? null : RecordBuilder.Machine(State, _order.Generation, Boot);

    public void TakeUp(MachineOrder order) => _order = order.Generation >= (_order?.Generation ?? 0) ? order : _order;

    public void ShutDownByGuest()
    {
        if (State is State.Running or State.Paused)
        {
            (State, GuestEnded) = (State.Stopped, Boot);
        }
    }

    public void Advance()
    {
        if (_order is null)
        {
            return;
        }

        var wantsProcess = _order.Spec.Power is PowerState.Running or PowerState.Paused;
        State = State switch
        {
            State.Stopped when wantsProcess && _order.Boot > Boot => Begin(),
            State.Starting or State.Running or State.Paused when !wantsProcess || _order.Boot > Boot => State.Stopping,
            State.Starting or State.Running or State.Paused => _order.Spec.Power == PowerState.Paused ? State.Paused : State.Running,
            State.Stopping => State.Stopped,
            _ => State,
        };
    }

    private State Begin()
    {
        Boot = _order!.Boot;
        return State.Starting;
    }
}
