using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Qemu.Guest;
using Qvmc.Qmp;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// What a guest's agent may answer to everything that is asked of it: all ends with an answer that keeps its bounds, or
/// with a <see cref="QgaException"/>.
/// </summary>
internal sealed class QgaTarget : FuzzTarget
{
    private const int MaxFile = 1000;

    // Its pauses take no time.
    private static readonly QgaOptions s_options = new() { MaxMessageBytes = 3000, MaxDepth = 16, TimeProvider = new PromptTime() };

    public override string Name => "qga";

    public override IReadOnlyList<string> Words =>
    [
        "\n", "{\"return\": {}}\n", "{\"return\": []}\n", "{\"return\": 1}\n", "{\"return\": {\"host-name\": \"a\"}}\n", "{\"return\": {\"pid\": 7}}\n", "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"aGk=\"}}\n",
        "{\"return\": {\"exited\": false}}\n", "{\"return\": {\"count\": 2, \"buf-b64\": \"aGk=\", \"eof\": true}}\n", "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n", "\"ip-address\"", "\"prefix\"", "\"ipv6\"", "\"::1\"", "\\u001b[31m", "\u202e",
    ];

    public override long MaxAllocated(int length) => (8L << 20) + (1000L * length);

    public override void Run(byte[] input)
    {
        Func<QgaSession, Task>[] questions =
        [
            async agent => await agent.PingAsync(),
            async agent => Plain((await agent.GetInfoAsync()).Version),
            async agent => Plain((await agent.GetOsInfoAsync()).PrettyName ?? ""),
            async agent => Plain(await agent.GetHostNameAsync()),
            async agent =>
            {
                foreach (var each in await agent.GetNetworkInterfacesAsync())
                {
                    Plain(each.Name + each.Mac);
                    Assert.All(each.Addresses, address => Assert.InRange(address.Prefix, 0, 128));
                }
            },
            async agent => Assert.InRange((await agent.ReadFileAsync("/f", MaxFile)).Length, 0, MaxFile),
            async agent => await agent.ExecAsync("/p", limit: TimeSpan.FromSeconds(30)),
            async agent => Assert.NotNull(await GuestQuestions.WhoAsync(agent, CancellationToken.None)),
            async agent => Assert.NotNull(await GuestQuestions.AddressesAsync(agent, CancellationToken.None)),
            async agent => await CloudInitUnit.AskAsync(agent, CancellationToken.None),
        ];

        // Each is asked first once, so that the beginning of the script is the answer to each.
        for (var first = 0; first < questions.Length; first++)
        {
            AskAsync(input, [.. questions[first..], .. questions[..first]]).GetAwaiter().GetResult();
        }
    }

    private static async Task AskAsync(byte[] script, IEnumerable<Func<QgaSession, Task>> questions)
    {
        await using var agent = QgaSession.Over(new HostileAgent(script), s_options);
        foreach (var question in questions)
        {
            try
            {
                await question(agent);
            }
            catch (QgaException e)
            {
                Assert.DoesNotContain(e.Message, c => char.IsControl(c));
            }
        }
    }

    private static void Plain(string text) => Assert.DoesNotContain(text, c => char.IsControl(c));
}
