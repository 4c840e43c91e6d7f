namespace Qvmc.Core.Drills;

/// <summary>What happens at a step in a drill.</summary>
public enum FaultAction
{
    /// <summary>The process ends as by SIGKILL.</summary>
    Crash,

    /// <summary>It goes no further until the order is another.</summary>
    Stall,

    /// <summary>The disk is full.</summary>
    Enospc,

    /// <summary>The disk is broken.</summary>
    Eio,

    /// <summary>The process has too many files open.</summary>
    Emfile,
}
