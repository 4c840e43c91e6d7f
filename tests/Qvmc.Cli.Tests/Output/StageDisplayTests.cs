using Qvmc.Cli.Output;
using Qvmc.Cli.Tests.Fakes;

namespace Qvmc.Cli.Tests.Output;

public sealed class StageDisplayTests
{
    [Fact]
    public async Task On_a_terminal_a_line_is_redrawn_in_place()
    {
        var error = new HeardStream();
        using var terminal = Terminal(error, isTerminal: true);
        var result = await StageDisplay.RunAsync(terminal, async display =>
        {
            display.Show("web1", "making the disk");
            await error.HearAsync("web1: making the disk");
            display.Show("web1", "sending", 256, 1024);
            await error.HearAsync("web1: sending ━━━━━─────────────── 25% of 1 KiB");
            display.Show("web1", "[not] markup\u001b[31m");
            await error.HearAsync("web1: [not] markup [31m");
            return 7;
        });
        Assert.Equal(7, result);
        Assert.Contains("\u001b[", error.ToString());
    }

    [Fact]
    public async Task Off_a_terminal_there_is_a_line_for_each_change()
    {
        var error = new HeardStream();
        using var terminal = Terminal(error, isTerminal: false);
        await StageDisplay.RunAsync(terminal, display =>
        {
            display.Show("web1", "making the disk");
            display.Show("web1", "making the disk");
            display.Show("web2", "sending", 11, 100);
            display.Show("web2", "sending", 19, 100);
            display.Show("web2", "sending", 20, 100);
            display.Show("web3", "sending", 1, 0);
            display.Show("web3", "sending", 2, 0);
            display.Show("web1", "booting\u001b[31m");
            return Task.FromResult(0);
        });
        Assert.Equal("web1: making the disk\nweb2: sending 10% of 100 bytes\nweb2: sending 20% of 100 bytes\nweb3: sending\nweb1: booting [31m\n", error.ToString());
    }

    private static Terminal Terminal(Stream error, bool isTerminal)
    {
        var environment = new Dictionary<string, string> { ["TERM"] = "xterm" };
        return new Terminal(Stream.Null, Stream.Null, error, environment.GetValueOrDefault) { ErrorIsTerminal = isTerminal };
    }
}
