using Qvmc.Core.Faults;
using Qvmc.Os.Processes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Changes;
using Qvmc.Qemu.Exports;
using Qvmc.Qemu.Guest;

namespace Qvmc.Qemu.Machines;

/// <summary>What reaches an actor: orders, news of its run, and the ends of its own sequences.</summary>
internal abstract record MachineMessage
{
    private MachineMessage()
    {
    }

    /// <summary>Tells whoever waits for an answer that there will be none.</summary>
    internal virtual void Fail(Exception cause)
    {
    }

    /// <summary>A controller's order.</summary>
    internal sealed record Ordered(MachineOrder Order, TaskCompletionSource<Machine> Answer) : MachineMessage
    {
        internal override void Fail(Exception cause) => Answer.TrySetException(cause);
    }

    /// <summary>A controller wants it gone.</summary>
    internal sealed record RemovalOrdered(bool Force, TaskCompletionSource Answer) : MachineMessage
    {
        internal override void Fail(Exception cause) => Answer.TrySetException(cause);
    }

    /// <summary>A sequence has reached a stage.</summary>
    internal sealed record StageReached(Stage Stage) : MachineMessage;

    /// <summary>The start in hand has ended: with a live machine, or with the fault that kept it from that.</summary>
    internal sealed record Started(MachineSession? Session, StartFailure? Failure) : MachineMessage;

    /// <summary>The process has a number: it goes on record before anything else happens.</summary>
    internal sealed record Spawned(ProcessIdentity Process, Accelerator Accelerator, string MachineType, uint NicLayout, TaskCompletionSource OnRecord) : MachineMessage
    {
        internal override void Fail(Exception cause) => OnRecord.TrySetException(cause);
    }

    /// <summary>The stop in hand has ended: no process is left.</summary>
    internal sealed record Stopped : MachineMessage;

    /// <summary>The stop in hand could not end the process.</summary>
    internal sealed record StopFailed(Exception Cause) : MachineMessage;

    /// <summary>The change in hand has ended: it is made, or the fault says why not; null and not made: it was broken off.</summary>
    internal sealed record Changed(MachineSession Session, LiveStep Step, bool Made, FaultException? Fault) : MachineMessage;

    /// <summary>It is time to try failed changes again.</summary>
    internal sealed record ChangesDue : MachineMessage;

    /// <summary>Somebody wants to read a disk.</summary>
    internal sealed record LeaseWanted(string Disk, TaskCompletionSource<DiskLease> Answer) : MachineMessage
    {
        internal override void Fail(Exception cause) => Answer.TrySetException(cause);
    }

    /// <summary>A disk is read.</summary>
    internal sealed record LeaseReturned(DiskLease Lease) : MachineMessage;

    /// <summary>QEMU has found a disk of a session damaged, and given it up.</summary>
    internal sealed record DiskCorrupted(MachineSession Session, string Node, string Words) : MachineMessage;

    /// <summary>It is time to look whether there is room again for a machine that waits for it.</summary>
    internal sealed record RoomLookDue : MachineMessage;

    /// <summary>A machine that stood still was told to go on, for an order's resume; not taken: the monitor did not hear it.</summary>
    internal sealed record WentOn(MachineSession Session, uint Resume, bool Taken) : MachineMessage;

    /// <summary>It is its turn to come back after a restart of the host.</summary>
    internal sealed record TurnCame : MachineMessage;

    /// <summary>It is time to write down what could not be written.</summary>
    internal sealed record SaveDue : MachineMessage;

    /// <summary>The removal in hand has ended.</summary>
    internal sealed record Removed(Exception? Cause) : MachineMessage;

    /// <summary>The process of a session has ended.</summary>
    internal sealed record ProcessEnded(MachineSession Session, ExitStatus Status) : MachineMessage;

    /// <summary>It is time to look again at what nobody reports: how much room the disk takes.</summary>
    internal sealed record LookDue : MachineMessage;

    /// <summary>A session's processors changed.</summary>
    internal sealed record ProcessorsChanged(MachineSession Session) : MachineMessage;

    /// <summary>A session's guest said something, or fell silent.</summary>
    internal sealed record GuestReported(MachineSession Session, GuestReport Report) : MachineMessage;

    /// <summary>DHCP has given it an address, or one has run out.</summary>
    internal sealed record LeasesChanged : MachineMessage;

    /// <summary>Answered when all that was posted before it has been handled and told.</summary>
    internal sealed record Settled(TaskCompletionSource Answer) : MachineMessage;

    /// <summary>The daemon ends.</summary>
    internal sealed record Ending(TaskCompletionSource Answer) : MachineMessage;
}

/// <summary>Why a start did not lead to a live machine.</summary>
/// <param name="Reason">CamelCase word for the status.</param>
/// <param name="Message">A sentence with what to do.</param>
/// <param name="Cancelled">It was broken off by order: not a failure of the machine.</param>
internal sealed record StartFailure(string Reason, string Message, bool Cancelled);
