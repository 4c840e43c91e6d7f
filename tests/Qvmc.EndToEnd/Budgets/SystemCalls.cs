using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Qvmc.EndToEnd.Budgets;

/// <summary>The daemons' system calls, and those of what they start, for as long as it is not ended: by strace.</summary>
internal sealed partial class SystemCalls
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly Process _strace;
    private readonly string _log;

    private SystemCalls(Process strace, string log)
    {
        (_strace, _log) = (strace, log);
    }

    /// <summary>Begins to look at processes and all that they start.</summary>
    public static async Task<SystemCalls> BeginAsync(string log, params int[] pids)
    {
        // -y: what a descriptor stands for. "-z" would hide calls that fail, but also those that are split over two lines.
        string[] options = ["-f", "-y", "-s", "64", "-e", "trace=execve,fsync,fdatasync,sendmsg,sendto,write", "-e", "signal=none", "-o", log];
        var start = new ProcessStartInfo("strace", [.. options, .. pids.SelectMany(p => new[] { "-p", p.ToString(CultureInfo.InvariantCulture) })])
        {
            RedirectStandardError = true,
        };
        var strace = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        for (var attached = 0; attached < pids.Length;)
        {
            var line = await strace.StandardError.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException("strace could not attach");
            attached += line.Contains("attached", StringComparison.Ordinal) ? 1 : 0;
        }

        _ = strace.StandardError.ReadToEndAsync(CancellationToken.None);
        return new SystemCalls(strace, log);
    }

    /// <summary>Lets them go.</summary>
    public async Task EndAsync()
    {
        using (var kill = Process.Start("kill", ["-INT", _strace.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await _strace.WaitForExitAsync().WaitAsync(Limit);
        _strace.Dispose();
        Lines = await File.ReadAllLinesAsync(_log);
    }

    /// <summary>One call a line, after the number of its thread; a call that another cut in two has a second, "resumed".</summary>
    public IReadOnlyList<string> Lines { get; private set; } = [];

    /// <summary>Programs that were started.</summary>
    public IReadOnlyList<string> Programs => [.. Lines.Select(l => Program().Match(l)).Where(m => m.Success).Select(m => m.Groups["path"].Value)];

    /// <summary>Times that the daemons themselves waited until something was on the disk.</summary>
    public IReadOnlyList<string> Syncs => [.. Lines.Where(l => Sync().IsMatch(l))];

    /// <summary>Commands that QEMU's monitor was given.</summary>
    public IReadOnlyList<string> MonitorCommands => [.. Lines.Select(l => Command().Match(l)).Where(m => m.Success).Select(m => m.Groups["name"].Value)];

    [GeneratedRegex("""^\d+ +execve\("(?<path>[^"]+)".*(= 0|unfinished)""")]
    private static partial Regex Program();

    // QEMU and qemu-img call fdatasync on disks.
    [GeneratedRegex("""^\d+ +(fsync\(|fdatasync\(\d+<[^>]*store\.db)""")]
    private static partial Regex Sync();

    [GeneratedRegex("""\\"execute\\":\\"(?<name>(?!guest-)[a-z_-]+)""")]
    private static partial Regex Command();
}
