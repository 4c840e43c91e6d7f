using System.Globalization;
using System.Runtime.InteropServices;
using Qvmc.Os.Processes;

namespace Qvmc.Os.Linux;

/// <summary>Processes by /proc (proc(5)) and pidfds (pidfd_open(2), Linux 5.3).</summary>
internal sealed class ProcDirectory : IProcessTable
{
    // proc(5), counted from the third field on: the second is the command in parentheses, which may itself hold
    // spaces and parentheses.
    private const int State = 0, StartTime = 19, ExitCode = 49;

    /// <inheritdoc/>
    public ProcessIdentity? Find(int pid) => Parse(pid, Read(pid, "stat"));

    /// <inheritdoc/>
    public ExitStatus? ExitOf(ProcessIdentity identity)
    {
        var fields = Fields(Read(identity.Pid, "stat"));
        return fields.Length > ExitCode && fields[State] is "Z" or "X"
            && ulong.TryParse(fields[StartTime], CultureInfo.InvariantCulture, out var ticks) && ticks == identity.StartTicks
            && int.TryParse(fields[ExitCode], CultureInfo.InvariantCulture, out var status)
            ? ExitStatus.FromWaitStatus(status)
            : null;
    }

    /// <inheritdoc/>
    public IEnumerable<int> Pids() => Directory.EnumerateDirectories("/proc")
        .Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid != 0);

    /// <inheritdoc/>
    public IReadOnlyList<string> ArgumentsOf(int pid) => Read(pid, "cmdline") is { Length: > 0 } text ? text.TrimEnd('\0').Split('\0') : [];

    /// <inheritdoc/>
    public IProcessHold? Hold(int pid)
    {
        const int noSuchProcess = 3;
        var fd = (int)LibC.Syscall(LibC.SysPidfdOpen, pid, 0, 0, 0);
        return fd >= 0 ? new PidFd(fd)
            : Marshal.GetLastPInvokeError() == noSuchProcess ? null
            : throw OsException.Last($"pidfd_open {pid}");
    }

    internal static ProcessIdentity? Parse(int pid, string stat)
    {
        var fields = Fields(stat);
        return fields.Length > StartTime && fields[State] is not ("Z" or "X") && ulong.TryParse(fields[StartTime], CultureInfo.InvariantCulture, out var ticks)
            ? new ProcessIdentity(pid, ticks)
            : null;
    }

    private static string[] Fields(string stat) =>
        stat.LastIndexOf(')') is >= 0 and var end ? stat[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];

    private static string Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
