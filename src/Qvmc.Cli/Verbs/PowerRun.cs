using System.CommandLine;
using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>
/// Runs start, stop, restart, pause and resume: the calls wait on the server, which alone knows which run a condition is about; a watch
/// beside them shows the stages.
/// </summary>
internal sealed class PowerRun(VerbContext context, ControllerConnection connection)
{
    private readonly Terminal _terminal = context.Terminal;

    /// <summary>Runs a verb.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="selection">Which instances.</param>
    /// <param name="showStages">Whether the calls wait.</param>
    /// <param name="deed">The verb as a noun, for "the start goes on".</param>
    /// <param name="call">The call for one name.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(ParseResult parse, NameSelection selection, bool showStages, string deed, Func<string, Task<NameOutcome>> call)
    {
        var names = await selection.ResolveAsync(parse, connection, _terminal.Interrupted);
        var outcomes = showStages
            ? await StageDisplay.RunAsync(_terminal, display => WithStagesAsync(names, display, call))
            : await NameRun.EachAsync(connection, names, call);
        if (_terminal.IsInterrupted)
        {
            _terminal.Error.WriteLine($"qvmc: interrupted; what was asked for goes on (the {deed} of {string.Join(", ", names)})");
            _terminal.Error.WriteLine("\"qvmc list\" shows how far it is.");
            return ExitCode.Interrupted;
        }

        var exitCode = NameRun.Report(_terminal, context.Printer(parse), outcomes, selection.IsSingle(parse));
        foreach (var outcome in outcomes.Where(outcome => outcome.Fault is { Code: FaultCode.Timeout }))
        {
            // The server's message has the end of the console when it has several lines.
            if (!outcome.Fault!.Message.Contains('\n', StringComparison.Ordinal))
            {
                InstanceDetail.WriteTail(_terminal.Error, $"The end of {outcome.Name}'s console:", await ConsoleEnd.TryReadAsync(connection, outcome.Name));
            }

            _terminal.Error.WriteLine($"The {deed} goes on. \"qvmc info {outcome.Name} --console\" looks further, \"qvmc wait {outcome.Name}\" waits on.");
        }

        return exitCode;
    }

    private async Task<IReadOnlyList<NameOutcome>> WithStagesAsync(IReadOnlyList<string> names, IStageDisplay display, Func<string, Task<NameOutcome>> call)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(_terminal.Interrupted);
        var stages = ShowStagesAsync(names, display, done.Token);
        try
        {
            return await NameRun.EachAsync(connection, names, call);
        }
        finally
        {
            await done.CancelAsync();
            await stages;
        }
    }

    private async Task ShowStagesAsync(IReadOnlyList<string> names, IStageDisplay display, CancellationToken cancellationToken)
    {
        if (names.Count == 0)
        {
            return;
        }

        var filter = new InstanceFilter();
        filter.Names.AddRange(names);
        try
        {
            await foreach (var response in InstanceWatch.FollowAsync(connection, filter, new Reconnection(_terminal.Clock, () => { }), _terminal.Clock, cancellationToken))
            {
                // What was so before is no progress.
                if (response is { Type: WatchEventType.Changed, Instance: { } instance })
                {
                    display.Show(instance.Name, StageText.Phrase(instance));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException)
        {
            // Only decoration: the calls themselves say what went wrong.
        }
    }
}
