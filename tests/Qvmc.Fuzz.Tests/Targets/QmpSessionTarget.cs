using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Qmp;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// A session with a monitor that says anything: connecting and commands end, with an answer or with an exception that is
/// theirs; the session ends when the monitor does; no more events wait than may.
/// </summary>
internal sealed class QmpSessionTarget : FuzzTarget
{
    private const int Commands = 3;

    private static readonly QmpOptions s_options = new() { MaxMessageBytes = 2000, MaxDepth = 16, MaxBufferedEvents = 20, MaxEventBytes = 300 };

    private static readonly byte[] s_greeting =
        [.. """{"QMP": {"version": {"qemu": {"micro": 9, "minor": 2, "major": 7}, "package": ""}, "capabilities": ["oob"]}}"""u8, (byte)'\n', .. "{\"return\": {}, \"id\": 1}\n"u8];

    public override string Name => "qmp-session";

    public override IReadOnlyList<string> Words =>
    [
        "\n", "{\"return\": {}, \"id\": 2}\n", "{\"return\": 7, \"id\": 3}\n", "\"id\": 4", "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": 2}\n",
        "{\"event\": \"RESUME\", \"data\": {}, \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\n", "\"QMP\"", "\"error\"", "\"return\"", "\"event\"", "\"id\"", "null", "1e400",
    ];

    public override long MaxAllocated(int length) => (8L << 20) + (500L * length);

    // What is counted at the same time on two threads is not counted exactly.
    public override void Run(byte[] input)
    {
        Task.Run(() => ConnectAsync(input)).GetAwaiter().GetResult();
        Task.Run(() => CommandAsync(input)).GetAwaiter().GetResult();
    }

    private static async Task ConnectAsync(byte[] input)
    {
        var monitor = new ScriptedMonitor((0, input));
        try
        {
            await using var session = await QmpSession.ConnectAsync(monitor, s_options);
            Assert.NotNull(session.Greeting);
        }
        catch (QmpConnectException e)
        {
            Assert.NotEqual(QmpConnectFault.Timeout, e.Fault);
        }
    }

    private static async Task CommandAsync(byte[] input)
    {
        var monitor = new ScriptedMonitor((0, s_greeting[..^24]), (1, s_greeting[^24..]), (1 + Commands, input));
        await using var session = await QmpSession.ConnectAsync(monitor, s_options);
        var commands = Enumerable.Range(0, Commands).Select(_ => session.ExecuteAsync("query-status")).ToList();
        foreach (var command in commands)
        {
            try
            {
                Assert.NotEqual("", (await command).GetRawText());
            }
            catch (Exception e) when (e is QmpCommandException or QmpDisconnectedException)
            {
                Assert.NotEqual("", e.Message);
            }
        }

        Assert.NotEqual("", (await session.Closed).Message);
        Assert.InRange(session.Events.Count, 0, s_options.MaxBufferedEvents);
        await foreach (var happened in session.Events.ReadAllAsync())
        {
            Assert.NotNull(happened.Name + happened.Data.GetRawText());
        }
    }
}
