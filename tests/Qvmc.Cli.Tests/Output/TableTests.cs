using System.Text;
using Qvmc.Cli.Output;

namespace Qvmc.Cli.Tests.Output;

public sealed class TableTests
{
    [Fact]
    public void Off_a_terminal_it_is_padded_and_never_cut()
    {
        var output = Write(isTerminal: false, []);
        Assert.Equal(
            $"NAME  NOTE\nweb1  short\nx     {new string('y', 300)}\n-     escape [31m\n",
            output);
    }

    [Fact]
    public void On_a_terminal_it_has_colours() => Assert.Contains("\u001b[", Write(isTerminal: true, new() { ["TERM"] = "xterm" }));

    [Fact]
    public void NO_COLOR_takes_the_colours_away() =>
        Assert.DoesNotContain("\u001b[3", Write(isTerminal: true, new() { ["TERM"] = "xterm", ["NO_COLOR"] = "1" }));

    [Fact]
    public void A_dumb_terminal_gets_plain_text() =>
        Assert.DoesNotContain("\u001b", Write(isTerminal: true, new() { ["TERM"] = "dumb" }));

    private static string Write(bool isTerminal, Dictionary<string, string> environment)
    {
        var output = new MemoryStream();
        using var terminal = new Terminal(Stream.Null, output, Stream.Null, environment.GetValueOrDefault) { OutputIsTerminal = isTerminal };
        var table = new Table("NAME", "NOTE");
        table.Add("web1", "short");
        table.Add("x", new string('y', 300));
        table.Add("", "escape\u001b[31m");
        table.Write(terminal);
        terminal.Out.Flush();
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
