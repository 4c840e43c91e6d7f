using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;

namespace Qvmc.Cli;

/// <summary>What verbs have in common: the surroundings and the options that mean the same everywhere.</summary>
internal sealed class VerbContext(Terminal terminal)
{
    /// <summary>The surroundings.</summary>
    public Terminal Terminal { get; } = terminal;

    /// <summary><c>--endpoint</c>.</summary>
    public Option<string?> Endpoint { get; } = new("--endpoint")
    {
        Description = $"Where the controller is: unix:///PATH or http://HOST:PORT ({ControllerAddress.Variable})",
        HelpName = "ADDRESS",
    };

    /// <summary><c>--format</c>.</summary>
    public Option<OutputFormat> Format { get; } = FormatOption("--format");

    /// <summary>Makes a verb that talks to the controller.</summary>
    /// <param name="name">The verb.</param>
    /// <param name="description">What it does.</param>
    /// <param name="symbols">Its arguments and options.</param>
    public Command Client(string name, string description, params ReadOnlySpan<Symbol> symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    command.Add(argument);
                    break;
                case Option option:
                    command.Add(option);
                    break;
            }
        }

        command.Add(Endpoint);
        return command;
    }

    /// <summary>Makes an option for the format of what is printed.</summary>
    /// <param name="name">Its name; the alias is -o everywhere.</param>
    public static Option<OutputFormat> FormatOption(string name) => Options.Choice(
        name,
        "How to print: table, json or yaml",
        "FORMAT",
        new Dictionary<string, OutputFormat> { ["table"] = OutputFormat.Table, ["json"] = OutputFormat.Json, ["yaml"] = OutputFormat.Yaml },
        "-o");

    /// <summary>Gives a verb that talks to the controller its action: faults are explained with the controller's address.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="run">What it does; answers the exit code.</param>
    public void SetAction(Command command, Func<ParseResult, ControllerConnection, Task<int>> run) => command.SetAction(async parse =>
    {
        using var connection = Connect(parse);
        try
        {
            return await run(parse, connection);
        }
        catch (Exception e) when (connection.FaultOf(e) is { } fault)
        {
            if (Terminal.IsInterrupted)
            {
                return ExitCode.Interrupted;
            }

            throw fault;
        }
    });

    /// <summary>Prints what the verb has to say, in the format that was asked for.</summary>
    public Printer Printer(ParseResult parse) => new(Terminal, parse.GetValue(Format));

    /// <summary>Names the controller that the command line means.</summary>
    public ControllerConnection Connect(ParseResult parse) => new(ControllerAddress.Resolve(parse.GetValue(Endpoint), Terminal.Environment));
}
