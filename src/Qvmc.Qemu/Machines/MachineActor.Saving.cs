using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Machines;

// The record: in memory the truth goes on even when the host's disk is full, and what could not be written is written as
// soon as there is room.
internal sealed partial class MachineActor
{
    private static readonly TimeSpan SaveAgainAfter = TimeSpan.FromSeconds(5);

    private ITimer? _saveAgain;

    private void Save() => TrySave();

    private FaultException? TrySave()
    {
        try
        {
            _file.Save(_record);
            _saveAgain?.Dispose();
            _saveAgain = null;
            return null;
        }
        catch (FaultException e)
        {
            if (_saveAgain is null)
            {
                LogSaveFailed(Uid, e.Message);
                SaveLater();
            }

            return e;
        }
    }

    /// <summary>The record is not on the disk as it is in memory: that is tried again until it is.</summary>
    internal void SaveLater() =>
        _saveAgain ??= _host.Time.CreateTimer(_ => Post(new MachineMessage.SaveDue()), null, SaveAgainAfter, SaveAgainAfter);

    private void SaveAgain()
    {
        if (_saveAgain is not null && !_removed && _doing != Doing.Removing)
        {
            TrySave();
        }
    }

    private void StopTimers()
    {
        _saveAgain?.Dispose();
        _roomLooks?.Dispose();
        _retry?.Dispose();
        _saveAgain = _roomLooks = _retry = null;
    }
}
