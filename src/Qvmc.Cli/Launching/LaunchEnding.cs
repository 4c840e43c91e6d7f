namespace Qvmc.Cli.Launching;

/// <summary>How the wait for a launch ended.</summary>
internal enum LaunchEnding
{
    /// <summary>What was waited for holds.</summary>
    Reached,

    /// <summary>The machine failed.</summary>
    Failed,

    /// <summary>The machine ran and stopped before it was ready.</summary>
    Stopped,

    /// <summary>It runs, and its cloud-init, which was waited for, will not be done.</summary>
    CloudInitFailed,

    /// <summary>Somebody deleted it.</summary>
    Deleted,

    /// <summary>The time ran out.</summary>
    TimedOut,

    /// <summary>Ctrl-C.</summary>
    Interrupted,
}
