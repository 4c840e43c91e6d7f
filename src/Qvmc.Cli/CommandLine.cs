using System.CommandLine;
using System.CommandLine.Invocation;
using Qvmc.Cli.Output;
using Qvmc.Cli.Verbs;
using Qvmc.Core.Faults;

namespace Qvmc.Cli;

/// <summary>Runs a command line: parse, act, and turn whatever goes wrong into a message and an exit code.</summary>
internal static class CommandLine
{
    // EPIPE, which .NET hands through as it is.
    private const int BrokenPipe = 32;

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="terminal">The surroundings.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal)
    {
        try
        {
            var root = VerbTree.Create(new VerbContext(terminal));
            var parse = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
            if (parse.Action is ParseErrorAction)
            {
                return UsageFault(parse, terminal);
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
            // Whoever read our output has seen enough ("qvmc list | head -1").
            return ExitCode.Success;
        }
        catch (Exception e)
        {
            FaultText.Write(terminal, e);
            return ExitCode.Failure;
        }
    }

    private static int UsageFault(ParseResult parse, Terminal terminal)
    {
        // That a verb is missing is no news beside the word that stands in its place.
        var messages = parse.Errors.Select(error => error.Message.TrimEnd('.')).Distinct().ToList();
        foreach (var message in messages.Where((_, index) => index > 0 || messages.Count == 1 || parse.CommandResult.Command.Subcommands.Count == 0))
        {
            terminal.Error.WriteLine($"qvmc: {message}");
        }

        var path = string.Join(' ', PathOf(parse.CommandResult).Reverse());
        terminal.Error.WriteLine($"Try \"{path} --help\".");
        return ExitCode.Usage;
    }

    private static IEnumerable<string> PathOf(System.CommandLine.Parsing.CommandResult? result)
    {
        for (; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            yield return result.Parent is null ? "qvmc" : result.Command.Name;
        }
    }
}
