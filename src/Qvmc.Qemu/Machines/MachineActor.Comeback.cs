using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Machines;

// After a restart of the host: it waits for its turn.
internal sealed partial class MachineActor
{
    private readonly TaskCompletionSource _came = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its start waits for its turn. Set before it begins.</summary>
    internal bool IsHeld { get; init; }

    /// <summary>Its place among those that come back.</summary>
    internal Autostart Autostart => _record.Order.Spec.Autostart ?? new Autostart();

    private bool _heldNow;

    /// <summary>Its turn: completes when it runs, has failed, or is not wanted any more.</summary>
    internal Task ComeAsync()
    {
        Post(new MachineMessage.TurnCame());
        return _came.Task;
    }

    // Whoever asks for a start now does not mean "in its turn".
    private void LetCome(uint before, uint boot) => _heldNow &= boot <= before;

    private void TellCome()
    {
        if (!_heldNow && _doing != Doing.Starting && (_session is not null || _record.Order.Boot <= (_record.Run?.Boot ?? 0) || !WantsProcess))
        {
            _came.TrySetResult();
        }
    }

    private bool WantsProcess => _record.Order.Spec.Power is PowerState.Running or PowerState.Paused && !_record.Removing;
}
