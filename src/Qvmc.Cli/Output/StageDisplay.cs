using Spectre.Console;

namespace Qvmc.Cli.Output;

/// <summary>Chooses how stages are shown.</summary>
internal static class StageDisplay
{
    /// <summary>Runs something that shows its stages; nothing of them stays on a terminal when it ends.</summary>
    /// <param name="terminal">Where to show them.</param>
    /// <param name="work">What to run. It must not print meanwhile.</param>
    public static async Task<T> RunAsync<T>(Terminal terminal, Func<IStageDisplay, Task<T>> work)
    {
        if (terminal is not { ErrorIsTerminal: true, AllowsMovement: true })
        {
            return await work(new StageLines(terminal));
        }

        ProgressColumn[] columns =
        [
            new SpinnerColumn(Spinner.Known.Dots),
            new TaskDescriptionColumn { Alignment = Justify.Left },
            new ElapsedTimeColumn(),
        ];
        return await RichConsole.Create(terminal, terminal.Error, interactive: true)
            .Progress()
            .AutoClear(true)
            .Columns(columns)
            .StartAsync(context => work(new StageLive(context, terminal.Clock)));
    }
}
