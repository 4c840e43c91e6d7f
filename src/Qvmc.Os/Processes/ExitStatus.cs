namespace Qvmc.Os.Processes;

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code, when it ended by itself.</param>
/// <param name="Signal">The signal that ended it.</param>
/// <remarks>Both null: it ended, and the kernel does not tell us how (not our child, and Linux before 6.15 or an old macOS).</remarks>
public sealed record ExitStatus(int? Code, int? Signal)
{
    /// <summary>It ended; nobody knows how.</summary>
    public static ExitStatus Unknown { get; } = new(null, null);

    /// <summary>From the status word of wait(2).</summary>
    internal static ExitStatus FromWaitStatus(int status) =>
        (status & 0x7f) == 0 ? new ExitStatus((status >> 8) & 0xff, null) : new ExitStatus(null, status & 0x7f);

    /// <summary>For people: <c>was killed by signal 9 (SIGKILL)</c>.</summary>
    public override string ToString() => (Code, Signal) switch
    {
        (int code, _) => $"exited with status {code}",
        (_, int signal) => $"was killed by signal {signal}{Name(signal, OperatingSystem.IsMacOS())}",
        _ => "ended (how, the kernel does not tell)",
    };

    // asm-generic/signal.h; sys/signal.h of macOS.
    internal static string Name(int signal, bool onMacOS) => (signal, onMacOS) switch
    {
        (1, _) => " (SIGHUP)",
        (2, _) => " (SIGINT)",
        (4, _) => " (SIGILL)",
        (6, _) => " (SIGABRT)",
        (7, false) or (10, true) => " (SIGBUS)",
        (9, _) => " (SIGKILL; by a person, or by the kernel for want of memory)",
        (11, _) => " (SIGSEGV)",
        (15, _) => " (SIGTERM)",
        (31, false) => " (SIGSYS; a system call that the sandbox forbids)",
        _ => "",
    };
}
