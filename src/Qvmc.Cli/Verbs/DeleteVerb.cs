using System.CommandLine;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc delete</c>.</summary>
internal static class DeleteVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var selection = NameSelection.Create(context, "Delete");
        var force = new Option<bool>("--force") { Description = "Even if it runs: end it first, without asking the guest" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var command = context.Client("delete", "Delete instances and their disks", force, yes);
        command.Aliases.Add("rm");
        selection.AddTo(command);
        context.SetAction(command, async (parse, connection) =>
        {
            var terminal = context.Terminal;
            var names = await selection.ResolveAsync(parse, connection, terminal.Interrupted);
            if (selection.IsAll(parse) && names.Count > 0 && !parse.GetValue(yes) && !await ConfirmAsync(terminal, names))
            {
                terminal.Error.WriteLine("qvmc: nothing was deleted");
                return ExitCode.Failure;
            }

            var outcomes = await NameRun.EachAsync(connection, names, async name =>
            {
                var request = new DeleteRequest { Name = name, Force = parse.GetValue(force) };
                await connection.Instances.DeleteAsync(request, Limits.In(Limits.Deletion, terminal.Interrupted));
                return NameOutcome.Done(name, null, $"{name}: deleted");
            });
            return NameRun.Report(terminal, new Printer(terminal, OutputFormat.Table), outcomes, isSingle: false);
        });
        return command;
    }

    private static async Task<bool> ConfirmAsync(Terminal terminal, IReadOnlyList<string> names)
    {
        if (!terminal.InputIsTerminal || !terminal.ErrorIsTerminal)
        {
            throw new FaultException(FaultCode.InvalidArgument, "delete --all needs --yes where nobody can be asked");
        }

        terminal.Error.Write($"This deletes {names.Count} with their disks: {string.Join(", ", names)}\nGo on? [y/N] ");
        using var reader = new StreamReader(terminal.Input, leaveOpen: true);
        var answer = await reader.ReadLineAsync(terminal.Interrupted);
        return answer?.Trim().ToLowerInvariant() is "y" or "yes";
    }
}
