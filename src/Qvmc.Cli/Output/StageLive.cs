using System.Collections.Concurrent;
using Spectre.Console;

namespace Qvmc.Cli.Output;

/// <summary>On a terminal: a line for each name that is redrawn in place, with a spinner and the time.</summary>
internal sealed class StageLive(ProgressContext context, TimeProvider clock) : IStageDisplay
{
    private readonly ConcurrentDictionary<string, TransferMeter> _meters = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Show(string name, string stage)
    {
        var task = TaskOf(name);
        task.IsIndeterminate = true;
        task.Description = Describe(name, stage);
    }

    /// <inheritdoc/>
    public void Show(string name, string stage, ulong done, ulong total)
    {
        var meter = _meters.GetOrAdd(name, _ => new TransferMeter(clock));
        double? speed;
        lock (meter)
        {
            meter.Add(done);
            speed = meter.Speed;
        }

        Show(name, $"{stage} {TransferText.Of(done, total, speed)}");
    }

    private static string Describe(string name, string stage) => Markup.Escape($"{Plain.Line(name)}: {Plain.Line(stage)}");

    private ProgressTask TaskOf(string name)
    {
        // AddTask is Spectre's own and locks; a second one for the same name would stay on the screen.
        lock (_tasks)
        {
            return _tasks.GetOrAdd(name, added => context.AddTask(Markup.Escape(added), autoStart: true, maxValue: 1));
        }
    }
}
