using System.CommandLine;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc exec</c>: the command's bytes and exit code become ours.</summary>
internal sealed class ExecVerb
{
    /// <summary>Name of the argument that is the guest's, dashes and all.</summary>
    public const string CommandArgument = "COMMAND";

    // What the interface allows.
    private const int MaxInputBytes = 1024 * 1024;
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);

    private readonly Argument<string> _name = new("NAME") { Description = "Name of the instance" };
    private readonly Argument<string[]> _command = new(CommandArgument)
    {
        Description = "Program and its arguments, after --; no shell",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _input = new("--stdin") { Description = "Give it our standard input, at most 1 MiB" };
    private readonly Option<KeyValuePair<string, string>[]> _environment = Options.Pairs("--env", "Set a variable of its environment; repeatable");
    private readonly Option<TimeSpan?> _timeout = Options.Timeout("the command");

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var verb = new ExecVerb();
        verb._name.CompletionSources.Add(NameCompletions.OfInstances(context));

        // One setting an option: what follows may be the command.
        verb._environment.AllowMultipleArgumentsPerToken = false;
        var command = context.Client(ExecArguments.Verb, "Run a command in a guest, through its agent", verb._name, verb._input, verb._environment, verb._timeout, verb._command);
        context.SetAction(command, async (parse, connection) =>
        {
            var terminal = context.Terminal;
            var timeout = parse.GetValue(verb._timeout) ?? DefaultTimeout;
            var request = new ExecRequest { Name = parse.GetRequiredValue(verb._name), Timeout = Duration.FromTimeSpan(timeout) };
            request.Command.AddRange(parse.GetRequiredValue(verb._command));
            request.Environment.AddRange((parse.GetValue(verb._environment) ?? []).Select(pair => $"{pair.Key}={pair.Value}"));
            if (parse.GetValue(verb._input))
            {
                request.Stdin = ByteString.CopyFrom(await InputText.ReadAllAsync(terminal.Input, "--stdin", MaxInputBytes, terminal.Interrupted));
            }

            var answer = await connection.Instances.ExecAsync(request, Limits.Beyond(timeout, terminal.Interrupted));
            await terminal.Output.WriteAsync(answer.Stdout.Memory);
            await terminal.Output.FlushAsync();
            await terminal.ErrorOutput.WriteAsync(answer.Stderr.Memory);
            await terminal.ErrorOutput.FlushAsync();
            if (answer.Truncated)
            {
                terminal.Error.WriteLine("qvmc: the output was cut; redirect it to a file in the guest to have it whole");
            }

            return answer.ExitCode;
        });
        return command;
    }
}
