using System.Globalization;

namespace Qvmc.Os.Processes;

/// <summary>
/// Names one process for good: pids are used again, but never with the same start time within one boot of the host.
/// </summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartTicks">Start, in clock ticks since the host started (field 22 of /proc/PID/stat).</param>
public readonly record struct ProcessIdentity(int Pid, ulong StartTicks)
{
    /// <summary>The process that has this pid now, or null when there is none, or only what is left of it (state Z or X).</summary>
    public static ProcessIdentity? Of(int pid) => Parse(pid, ReadStat(pid));

    /// <summary>Whether that very process still lives.</summary>
    public bool IsAlive() => Of(Pid) == this;

    /// <summary>How that very process ended, while it waits to be reaped by whoever is its parent; else null.</summary>
    internal static ExitStatus? ExitOf(ProcessIdentity identity)
    {
        var fields = Fields(ReadStat(identity.Pid));
        return fields.Length > ExitCode && fields[State] is "Z" or "X"
            && ulong.TryParse(fields[StartTime], CultureInfo.InvariantCulture, out var ticks) && ticks == identity.StartTicks
            && int.TryParse(fields[ExitCode], CultureInfo.InvariantCulture, out var status)
            ? ExitStatus.FromWaitStatus(status)
            : null;
    }

    internal static ProcessIdentity? Parse(int pid, string stat)
    {
        var fields = Fields(stat);
        return fields.Length > StartTime && fields[State] is not ("Z" or "X") && ulong.TryParse(fields[StartTime], CultureInfo.InvariantCulture, out var ticks)
            ? new ProcessIdentity(pid, ticks)
            : null;
    }

    // proc(5), counted from the third field on: the second is the command in parentheses, which may itself hold
    // spaces and parentheses.
    private const int State = 0, StartTime = 19, ExitCode = 49;

    private static string[] Fields(string stat) =>
        stat.LastIndexOf(')') is >= 0 and var end ? stat[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];

    private static string ReadStat(int pid)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
