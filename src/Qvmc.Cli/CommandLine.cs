using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Output;
using Qvmc.Cli.Verbs;
using Qvmc.Core.Faults;

namespace Qvmc.Cli;

/// <summary>Runs a command line: parse, act, and turn whatever goes wrong into a message and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="terminal">The surroundings.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal)
    {
        try
        {
            var root = VerbTree.Create(new VerbContext(terminal));
            var parse = root.Parse(ExecArguments.Separate(arguments), new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
            if (parse.Action is ParseErrorAction)
            {
                return UsageFault(parse, terminal, parse.Errors.Select(error => error.Message.TrimEnd('.')));
            }

            if (parse.Errors.Count == 0 && MistakenOptions(parse) is { Count: > 0 } mistaken)
            {
                return UsageFault(parse, terminal, mistaken);
            }

            var exitCode = await parse.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = terminal.Out,
                Error = terminal.Error,

                // Verbs and daemons take signals themselves.
                ProcessTerminationTimeout = null,
            });
            terminal.Out.Flush();
            return exitCode;
        }
        catch (FaultException fault)
        {
            FaultText.Write(terminal, fault);
            return ExitCode.Of(fault.Code);
        }
        catch (OperationCanceledException) when (terminal.IsInterrupted)
        {
            return ExitCode.Interrupted;
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            return ExitCode.NobodyReads;
        }
        catch (Exception e)
        {
            FaultText.Write(terminal, e);
            return ExitCode.Failure;
        }
    }

    // errno EPIPE: .NET ignores SIGPIPE, and tells of it so.
    private const int BrokenPipe = 32;

    // The parser takes an option that it does not know for an argument, such as a name, where one may stand.
    private static List<string> MistakenOptions(ParseResult parse) =>
    [
        .. parse.CommandResult.Children
            .OfType<ArgumentResult>()
            .SelectMany(argument => argument.Argument.Name == ExecVerb.CommandArgument ? argument.Tokens.Take(1) : argument.Tokens)
            .Where(token => token.Value is ['-', _, ..])
            .Select(token => $"Unrecognized option '{token.Value}'"),
    ];

    private static int UsageFault(ParseResult parse, Terminal terminal, IEnumerable<string> faults)
    {
        // That a verb is missing is no news beside the word that stands in its place.
        var messages = faults.Distinct().ToList();
        foreach (var message in messages.Where((_, index) => index > 0 || messages.Count == 1 || parse.CommandResult.Command.Subcommands.Count == 0))
        {
            terminal.Error.WriteLine($"qvmc: {message}");
        }

        var path = string.Join(' ', PathOf(parse.CommandResult).Reverse());
        terminal.Error.WriteLine($"Try \"{path} --help\".");
        return ExitCode.Usage;
    }

    private static IEnumerable<string> PathOf(CommandResult? result)
    {
        for (; result is not null; result = result.Parent as CommandResult)
        {
            yield return result.Parent is null ? "qvmc" : result.Command.Name;
        }
    }
}
