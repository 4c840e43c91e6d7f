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
    public static ProcessIdentity? Of(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return Parse(pid, stat);
    }

    /// <summary>Whether that very process still lives.</summary>
    public bool IsAlive() => Of(Pid) == this;

    // proc(5): the second field is the command in parentheses, which may itself hold spaces and parentheses;
    // the state is the third field, the start time the 22nd.
    internal static ProcessIdentity? Parse(int pid, string stat)
    {
        var end = stat.LastIndexOf(')');
        if (end < 0)
        {
            return null;
        }

        var fields = stat[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        const int state = 0, startTime = 19;
        return fields.Length <= startTime || fields[state] is "Z" or "X" || !ulong.TryParse(fields[startTime], CultureInfo.InvariantCulture, out var ticks)
            ? null
            : new ProcessIdentity(pid, ticks);
    }
}
