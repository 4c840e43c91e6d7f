using System.Collections.Concurrent;

namespace Qvmc.Cli.Output;

/// <summary>Off a terminal: a line for each stage, and for each tenth of the bytes.</summary>
internal sealed class StageLines(Terminal terminal) : IStageDisplay
{
    private readonly ConcurrentDictionary<string, string> _last = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Show(string name, string stage)
    {
        var isNew = false;
        _last.AddOrUpdate(name, _ => { isNew = true; return stage; }, (_, old) => { isNew = old != stage; return stage; });
        if (isNew)
        {
            terminal.Error.WriteLine($"{Plain.Line(name)}: {Plain.Line(stage)}");
        }
    }

    /// <inheritdoc/>
    public void Show(string name, string stage, ulong done, ulong total) => Show(name, $"{stage} {TransferText.OfTenth(done, total)}".TrimEnd());
}
