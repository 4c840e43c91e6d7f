using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc console</c>: the end of the serial console.</summary>
internal static class ConsoleVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the instance" };
        name.CompletionSources.Add(NameCompletions.OfInstances(context));
        var bytes = Options.Count("--bytes", "At most so many bytes from the end; 65536 unless given");
        var lines = Options.Count("--lines", "At most so many lines from the end");
        var command = context.Client("console", "Print the end of an instance's serial console", name, bytes, lines, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new ConsoleRequest { Name = parse.GetRequiredValue(name), MaxBytes = parse.GetValue(bytes) ?? 0 };
            var answer = await connection.Instances.ConsoleAsync(request, Limits.In(Limits.Quick, CancellationToken.None));
            if (parse.GetValue(lines) is { } count)
            {
                answer.Text = string.Concat(Plain.Tail(answer.Text, (int)Math.Min(count, int.MaxValue)).Select(line => line + "\n"));
            }

            context.Printer(parse).One(answer, terminal => terminal.Out.Write(Plain.Lines(answer.Text)));
            return ExitCode.Success;
        });
        return command;
    }
}
