using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Qvmc.EndToEnd.Load;

/// <summary>A table of steps: how long each took, and what the daemons used for it and have then.</summary>
internal sealed class LoadReport(LoadCluster cluster, int count)
{
    private readonly StringBuilder _text = new(string.Create(CultureInfo.InvariantCulture, $"{count} machines; MiB anonymous, threads, descriptors, and processor time of the step per machine\n{"step",-26} {"seconds",8} | {"qemu",31} | {"controller",31}\n"));

    /// <summary>What each daemon had at the end of the latest step.</summary>
    public (DaemonUse Qemu, DaemonUse Controller) Latest { get; private set; } = Now(cluster);

    public async Task StepAsync(string name, Func<Task> work)
    {
        var before = Now(cluster);
        var pids = (cluster.Qemu.Pid, cluster.Controller.Pid);
        var started = Stopwatch.GetTimestamp();
        await work();
        var took = Stopwatch.GetElapsedTime(started);
        Latest = Now(cluster);
        _text.AppendLine(CultureInfo.InvariantCulture, $"{name,-26} {took.TotalSeconds,8:0.00} | {Cell(Latest.Qemu, pids.Item1 == cluster.Qemu.Pid ? before.Qemu : null)} | {Cell(Latest.Controller, pids.Item2 == cluster.Controller.Pid ? before.Controller : null)}");
    }

    public override string ToString() => _text.ToString();

    private string Cell(DaemonUse use, DaemonUse? before) => string.Create(
        CultureInfo.InvariantCulture,
        $"{use.RssKib / 1024,5} {use.Threads,4} {use.Descriptors,6} {(use.Cpu - (before?.Cpu ?? TimeSpan.Zero)).TotalMilliseconds / count,9:0.00} ms");

    private static (DaemonUse Qemu, DaemonUse Controller) Now(LoadCluster cluster) => (DaemonUse.Of(cluster.Qemu.Pid), DaemonUse.Of(cluster.Controller.Pid));
}
