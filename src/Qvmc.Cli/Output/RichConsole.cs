using Spectre.Console;

namespace Qvmc.Cli.Output;

/// <summary>Spectre's console on one of our streams; made only when that stream is a terminal.</summary>
internal static class RichConsole
{
    // A terminal that does not tell its width (0) gets the traditional one.
    private const int DefaultWidth = 80;

    /// <summary>Makes a console.</summary>
    /// <param name="terminal">Whose settings hold.</param>
    /// <param name="writer">Where it writes.</param>
    /// <param name="interactive">Whether it may redraw lines.</param>
    public static IAnsiConsole Create(Terminal terminal, TextWriter writer, bool interactive)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = terminal.AllowsColour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = interactive ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = Width();
        return console;
    }

    private static int Width()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : DefaultWidth;
        }
        catch (IOException)
        {
            return DefaultWidth;
        }
    }
}
