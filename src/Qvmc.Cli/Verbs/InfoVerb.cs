using System.CommandLine;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc info</c>.</summary>
internal static class InfoVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var selection = NameSelection.Create(context, "Show");
        var console = new Option<bool>("--console") { Description = "Show the end of the console too" };
        var command = context.Client("info", "Show all about instances", console, context.Format);
        selection.AddTo(command);
        context.SetAction(command, async (parse, connection) =>
        {
            var terminal = context.Terminal;
            var names = await selection.ResolveAsync(parse, connection, CancellationToken.None);
            var outcomes = await NameRun.EachAsync(connection, names, async name =>
                NameOutcome.Done(name, (await connection.Instances.InfoAsync(new InfoRequest { Name = name }, Limits.In(Limits.Quick, CancellationToken.None))).Instance, ""));
            var exitCode = NameRun.Report(terminal, context.Printer(parse), outcomes, selection.IsSingle(parse));
            if (parse.GetValue(context.Format) == OutputFormat.Table)
            {
                await WriteAsync(terminal, connection, outcomes.Select(outcome => outcome.Instance).OfType<Instance>(), parse.GetValue(console));
            }

            return exitCode;
        });
        return command;
    }

    private static async Task WriteAsync(Terminal terminal, ControllerConnection connection, IEnumerable<Instance> instances, bool withConsole)
    {
        var separator = "";
        foreach (var instance in instances)
        {
            terminal.Out.Write(separator);
            separator = "\n";
            InstanceDetail.Write(terminal, instance);
            if (withConsole)
            {
                terminal.Out.Write("Console:\n");
                terminal.Out.Write(Plain.Lines(await ConsoleEnd.TryReadAsync(connection, instance.Name)));
            }
        }
    }
}
