using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Qvmc.Cli.Output;

/// <summary>
/// The process's surroundings as a verb may use them: its three streams, environment, clock and Ctrl-C. A value, so that
/// tests can run verbs without a process. Opened without System.Console's writers, which take longer to start than most
/// verbs take to run.
/// </summary>
internal sealed class Terminal : IDisposable
{
    private readonly CancellationTokenSource _interrupt = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly bool _ownsSignals;

    /// <summary>Describes surroundings.</summary>
    /// <param name="input">Standard input.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="environment">Reads a variable of the environment.</param>
    public Terminal(Stream input, Stream output, Stream error, Func<string, string?> environment)
        : this(input, output, error, environment, ownsSignals: false)
    {
    }

    private Terminal(Stream input, Stream output, Stream error, Func<string, string?> environment, bool ownsSignals)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        Input = input;
        Output = output;
        ErrorOutput = error;
        Out = new StreamWriter(output, utf8, leaveOpen: true);
        Error = TextWriter.Synchronized(new StreamWriter(error, utf8, leaveOpen: true) { AutoFlush = true });
        Environment = environment;
        _ownsSignals = ownsSignals;
    }

    /// <summary>Standard input.</summary>
    public Stream Input { get; }

    /// <summary>Standard output's bytes. Flush <see cref="Out"/> before writing.</summary>
    public Stream Output { get; }

    /// <summary>Standard error's bytes.</summary>
    public Stream ErrorOutput { get; }

    /// <summary>Standard output's text; flushed at the verb's end.</summary>
    public TextWriter Out { get; }

    /// <summary>Standard error's text; every line is written at once, whole.</summary>
    public TextWriter Error { get; }

    /// <summary>Reads a variable of the environment; null when it is not set.</summary>
    public Func<string, string?> Environment { get; }

    /// <summary>Somebody can answer a question.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>Somebody reads the output.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Somebody reads the messages.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>How long somebody waits at his prompt for completions.</summary>
    public TimeSpan PromptPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Colours may be used on a terminal (https://no-color.org).</summary>
    public bool AllowsColour => string.IsNullOrEmpty(Environment("NO_COLOR"));

    /// <summary>A terminal that can move its cursor.</summary>
    public bool AllowsMovement => Environment("TERM") is not (null or "" or "dumb");

    /// <summary>
    /// Cancelled by the first SIGINT or SIGTERM. Who reads this property takes over the signals; the second one ends the
    /// process the system's way.
    /// </summary>
    public CancellationToken Interrupted
    {
        get
        {
            if (_ownsSignals && _registrations.Count == 0)
            {
                _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
                _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
            }

            return _interrupt.Token;
        }
    }

    /// <summary>Ctrl-C was pressed.</summary>
    public bool IsInterrupted => _interrupt.IsCancellationRequested;

    /// <summary>The surroundings of this process.</summary>
    public static Terminal OfProcess() =>
        new(Console.OpenStandardInput(), OpenOutput(), Console.OpenStandardError(), System.Environment.GetEnvironmentVariable, ownsSignals: true)
        {
            InputIsTerminal = !Console.IsInputRedirected,
            OutputIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
        };

    // System.Console's own stream hides that nobody reads a pipe any more: "qvmc watch | head -1" would never end.
    private static Stream OpenOutput()
    {
        const int standardOutput = 1;
        if (Console.IsOutputRedirected)
        {
            // Not for a file, which may be others' too ("{ qvmc list; date; } >log"): it would count for itself where to
            // write, and leave the place that they share where it was.
            var stream = new FileStream(new SafeFileHandle(standardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!stream.CanSeek)
            {
                return stream;
            }
        }

        return Console.OpenStandardOutput();
    }

    /// <summary>What Ctrl-C does.</summary>
    public void Interrupt() => _interrupt.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _interrupt.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (!_interrupt.IsCancellationRequested)
        {
            context.Cancel = true;
            _interrupt.Cancel();
        }
    }
}
