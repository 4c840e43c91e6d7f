using System.Globalization;

namespace Qvmc.EndToEnd.Load;

/// <summary>What a process uses, as the kernel has it in /proc.</summary>
/// <param name="RssKib">Memory that is its own: anonymous pages.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Descriptors">Open file descriptors.</param>
/// <param name="Cpu">Processor time since its start.</param>
internal sealed record DaemonUse(long RssKib, int Threads, int Descriptors, TimeSpan Cpu)
{
    private const double TicksPerSecond = 100;

    public static DaemonUse Of(int pid)
    {
        var status = File.ReadLines($"/proc/{pid}/status").Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1].Trim());
        var stat = File.ReadAllText($"/proc/{pid}/stat");

        // Behind the name, which may hold anything: utime and stime are the 14th and 15th of all.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return new DaemonUse(
            long.Parse(status["RssAnon"].Split(' ')[0], CultureInfo.InvariantCulture),
            int.Parse(status["Threads"], CultureInfo.InvariantCulture),
            Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length,
            TimeSpan.FromSeconds(ticks / TicksPerSecond));
    }
}
