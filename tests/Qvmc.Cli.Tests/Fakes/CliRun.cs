using System.Text;
using Qvmc.Cli.Output;

namespace Qvmc.Cli.Tests.Fakes;

/// <summary>A command line that runs in this process, off a terminal, against a fake controller.</summary>
internal sealed class CliRun : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly HeardStream _output = new();
    private readonly HeardStream _error = new();
    private readonly Dictionary<string, string> _environment = [];

    private CliRun(byte[] input, string? address, bool isTerminal)
    {
        if (address is not null)
        {
            _environment["QVMC_ENDPOINT"] = address;
        }

        Terminal = new Terminal(new MemoryStream(input), _output, _error, _environment.GetValueOrDefault)
        {
            Clock = new FixedClock(),
            PromptPatience = Limit,
            InputIsTerminal = isTerminal,
            ErrorIsTerminal = isTerminal,
        };
    }

    public Terminal Terminal { get; }

    public Task<int> Exit { get; private set; } = Task.FromResult(-1);

    public byte[] OutputBytes => _output.ToArray();

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public static async Task<CliRun> EndAsync(FakeController? controller, params string[] arguments)
    {
        var run = Begin(controller?.Address, [], arguments);
        await run.EndAsync();
        return run;
    }

    public static CliRun Begin(string? address, byte[] input, params string[] arguments) => new CliRun(input, address, isTerminal: false).Begin(arguments);

    /// <summary>With variables of the environment.</summary>
    public static async Task<CliRun> EndWithAsync(IReadOnlyDictionary<string, string> environment, FakeController controller, params string[] arguments)
    {
        var run = new CliRun([], controller.Address, isTerminal: false);
        foreach (var (name, value) in environment)
        {
            run._environment[name] = value;
        }

        run.Begin(arguments);
        await run.EndAsync();
        return run;
    }

    /// <summary>Somebody sits there and types <paramref name="input"/>.</summary>
    public static CliRun BeginAtTerminal(string? address, string input, params string[] arguments) =>
        new CliRun(Encoding.UTF8.GetBytes(input), address, isTerminal: true).Begin(arguments);

    /// <summary>Waits until this was written to standard error.</summary>
    public Task HearErrorAsync(string text) => _error.HearAsync(text);

    /// <summary>Waits until this was written to standard output.</summary>
    public Task HearOutputAsync(string text) => _output.HearAsync(text);

    public Task<int> EndAsync() => Exit.WaitAsync(Limit);

    public void Dispose() => Terminal.Dispose();

    private CliRun Begin(string[] arguments)
    {
        Exit = Task.Run(() => CommandLine.RunAsync(arguments, Terminal));
        return this;
    }

    /// <summary>Stands still as a calendar, so that ages are always the same; its timers run.</summary>
    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Samples.Now;
    }
}
