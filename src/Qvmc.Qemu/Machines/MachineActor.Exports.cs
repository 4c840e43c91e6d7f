using Qvmc.Core.Faults;
using Qvmc.Qemu.Exports;

namespace Qvmc.Qemu.Machines;

// Disks that are read while there is no process. A start waits for that, at stage DISK; a removal breaks it off.
internal sealed partial class MachineActor
{
    private readonly HashSet<DiskLease> _leases = [];
    private TaskCompletionSource _leasesReturned = Completed();

    /// <summary>The right to read a disk.</summary>
    /// <exception cref="FaultException">The machine has a process, or no such disk.</exception>
    internal Task<DiskLease> LeaseAsync(string disk)
    {
        var answer = new TaskCompletionSource<DiskLease>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _mailbox.Writer.TryWrite(new MachineMessage.LeaseWanted(disk, answer)) ? answer.Task : throw Gone();
    }

    private void OnLeaseWanted(MachineMessage.LeaseWanted m)
    {
        var disk = _record.Order.Spec.DataDisks.FirstOrDefault(d => d.Name == m.Disk);
        if (_record.Removing)
        {
            m.Answer.SetException(Gone());
        }
        else if (_ending)
        {
            m.Answer.SetException(new FaultException(FaultCode.Unavailable, "the daemon is ending: ask again when it is back"));
        }
        else if (_session is not null || _doing != Doing.Nothing)
        {
            m.Answer.SetException(new FaultException(FaultCode.FailedPrecondition, $"machine {Uid} has a process, which writes to its disks: stop it first"));
        }
        else if (m.Disk.Length > 0 && disk is null)
        {
            m.Answer.SetException(new FaultException(FaultCode.NotFound, $"machine {Uid} has no data disk \"{m.Disk}\""));
        }
        else
        {
            var lease = new DiskLease(_record.Order.Clone(), disk?.Clone(), l => Post(new MachineMessage.LeaseReturned(l)));
            if (_leases.Count == 0)
            {
                _leasesReturned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            _leases.Add(lease);
            if (!m.Answer.TrySetResult(lease))
            {
                lease.Dispose();
            }
        }
    }

    private void OnLeaseReturned(MachineMessage.LeaseReturned m)
    {
        _leases.Remove(m.Lease);
        RemoveDisks();
        if (_leases.Count == 0)
        {
            _leasesReturned.TrySetResult();
        }
    }

    private void WithdrawLeases()
    {
        foreach (var lease in _leases)
        {
            lease.Withdraw();
        }
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }
}
