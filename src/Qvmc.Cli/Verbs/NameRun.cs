using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;

namespace Qvmc.Cli.Verbs;

/// <summary>Does the same for several names at once, and reports on each in the order they were given.</summary>
internal static class NameRun
{
    // What the other side bears easily; it has limits of its own.
    private const int Parallelism = 16;

    /// <summary>Does it for every name; a fault of one does not keep the others from it.</summary>
    public static async Task<IReadOnlyList<NameOutcome>> EachAsync(
        ControllerConnection connection,
        IReadOnlyList<string> names,
        Func<string, Task<NameOutcome>> run)
    {
        var outcomes = new NameOutcome[names.Count];
        await Parallel.ForAsync(0, names.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallelism }, async (index, _) =>
        {
            try
            {
                outcomes[index] = await run(names[index]);
            }
            catch (Exception e) when (connection.FaultOf(e) is { } fault)
            {
                outcomes[index] = NameOutcome.Failed(names[index], fault);
            }
        });
        return outcomes;
    }

    /// <summary>Says what was done and what failed.</summary>
    /// <returns>The gravest exit code.</returns>
    public static int Report(Terminal terminal, Printer printer, IReadOnlyList<NameOutcome> outcomes, bool isSingle)
    {
        var exitCode = ExitCode.Success;
        var unreachable = new HashSet<string>(StringComparer.Ordinal);
        foreach (var outcome in outcomes)
        {
            if (outcome.Fault is { } fault)
            {
                // That nobody can be reached is said once, not for each name.
                if (fault.Code != FaultCode.Unavailable)
                {
                    FaultText.Write(terminal, fault, outcome.Name);
                }
                else if (unreachable.Add(fault.Message))
                {
                    FaultText.Write(terminal, fault);
                }

                exitCode = ExitCode.Worse(exitCode, ExitCode.Of(fault.Code));
            }
            else if (outcome.Sentence.Length > 0)
            {
                printer.Say(outcome.Sentence);
            }
        }

        var instances = outcomes.Select(outcome => outcome.Instance).OfType<Protos.Instance.V1.Instance>().ToList();
        if (printer.Format != OutputFormat.Table && isSingle && instances.Count == 1)
        {
            printer.One(instances[0], _ => { });
        }
        else if (printer.Format != OutputFormat.Table && !isSingle)
        {
            printer.Many(instances, _ => { });
        }

        return exitCode;
    }
}
