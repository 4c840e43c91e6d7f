using System.Runtime.InteropServices;
using Qvmc.Os.Processes;

namespace Qvmc.Os.Darwin;

/// <summary>struct kevent (sys/event.h).</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct KernelEvent
{
    // EVFILT_PROC; EV_ADD, EV_DELETE, EV_ONESHOT, EV_ERROR; NOTE_EXIT, NOTE_EXITSTATUS, NOTE_PDATAMASK
    internal const short Process = -5;
    internal const ushort Add = 0x0001, Delete = 0x0002, OneShot = 0x0010, Error = 0x4000;
    internal const uint NoteExit = 0x8000_0000, NoteExitStatus = 0x0400_0000;
    internal const int StatusMask = 0x000f_ffff;

    internal ulong Ident;
    internal short Filter;
    internal ushort Flags;
    internal uint FilterFlags;
    internal long Data;
    internal nint UserData;

    /// <summary>Asks to be told, once, of a process' end; and of how it ended, which only its parent and those may know who may signal it.</summary>
    internal static KernelEvent OfExit(int pid, bool withStatus) => new()
    {
        Ident = (ulong)pid,
        Filter = Process,
        Flags = Add | OneShot,
        FilterFlags = NoteExit | (withStatus ? NoteExitStatus : 0),
    };

    /// <summary>Asks no more.</summary>
    internal static KernelEvent Forget(int pid) => new() { Ident = (ulong)pid, Filter = Process, Flags = Delete };

    /// <summary>How the process ended, if the event tells.</summary>
    internal readonly ExitStatus? Status =>
        (FilterFlags & NoteExitStatus) != 0 ? ExitStatus.FromWaitStatus((int)Data & StatusMask) : null;
}
