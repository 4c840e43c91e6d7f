using System.Runtime.InteropServices;
using Qvmc.Os.Processes;

namespace Qvmc.Os.Darwin;

/// <summary>struct proc_bsdinfo (sys/proc_info.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BsdInfo
{
    // PROC_PIDTBSDINFO; SZOMB (sys/proc.h)
    internal const int Flavor = 3;
    internal const uint Zombie = 5;

    internal uint Flags;
    internal uint Status;
    internal uint ExitStatus;
    internal uint Pid;
    internal uint ParentPid;
    internal uint UserId;
    internal uint GroupId;
    internal uint RealUserId;
    internal uint RealGroupId;
    internal uint SavedUserId;
    internal uint SavedGroupId;
    internal uint Reserved;
    internal fixed byte Command[16];
    internal fixed byte Name[32];
    internal uint Files;
    internal uint Group;
    internal uint JobControl;
    internal uint Terminal;
    internal uint TerminalGroup;
    internal int Nice;
    internal ulong StartSeconds;
    internal ulong StartMicroseconds;

    /// <summary>Whose it is, for good.</summary>
    internal readonly ProcessIdentity Identity => new((int)Pid, (StartSeconds * 1_000_000) + StartMicroseconds);

    /// <summary>Of a process, or of what is left of one that nobody has reaped; null: there is none, or it may not be looked at.</summary>
    internal static BsdInfo? Of(int pid)
    {
        const ulong zombiesToo = 1;
        BsdInfo info;
        return LibSystem.ProcPidInfo(pid, Flavor, zombiesToo, &info, sizeof(BsdInfo)) == sizeof(BsdInfo) ? info : null;
    }
}
