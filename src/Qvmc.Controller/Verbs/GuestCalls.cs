using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Nodes;
using Qvmc.Core.Consoles;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qemu = Qvmc.Protos.Qemu.V1;
using State = Qvmc.Protos.Instance.V1.State;

namespace Qvmc.Controller.Verbs;

/// <summary>What goes through to a guest or its console: asked of its host, and answered as it answers.</summary>
internal sealed class GuestCalls(InstanceTable table, HostCalls hosts, NodeSessions nodes)
{
    private const int MaxStdin = 1 << 20;
    private const int MaxWords = 1024;
    private const uint MaxConsole = 1 << 20;
    private const uint DefaultConsole = 64 << 10;
    private const uint TailBytes = 2048;
    private const int TailLines = 12;

    private static readonly TimeSpan DefaultExec = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ConsoleLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TailLimit = TimeSpan.FromSeconds(2);

    // What the host needs beyond the command's own time to say how it ended.
    private static readonly TimeSpan ExecMargin = TimeSpan.FromSeconds(5);

    /// <summary>Runs a command in a guest.</summary>
    public async Task<ExecResponse> ExecAsync(ExecRequest request, ServerCallContext call)
    {
        FaultException.ThrowIfAny([.. Check(request)]);
        var state = await hosts.KnownAsync(request.Name, call);
        if (state.View.Status.State == State.Unknown)
        {
            throw new FaultException(
                FaultCode.Unavailable, $"instance {Shown.Quote(state.Name)} is UNKNOWN: {state.WhyUnknown}");
        }

        if (state.View.Status.State != State.Running)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"instance {Shown.Quote(state.Name)} is {Shown.Name(state.View.Status.State)}: commands run in a guest that runs; start it first");
        }

        var timeout = DurationRules.Or(request.Timeout, DefaultExec);
        var forward = new Qemu.ExecRequest
        {
            Uid = state.Uid,
            Command = { request.Command },
            Stdin = request.Stdin,
            Environment = { request.Environment },
            Timeout = timeout.ToDuration(),
        };
        var answer = await hosts.CallAsync(
            state, call, c => c.ExecAsync(forward, deadline: DateTime.UtcNow + timeout + ExecMargin, cancellationToken: call.CancellationToken));
        return new ExecResponse { ExitCode = answer.ExitCode, Stdout = answer.Stdout, Stderr = answer.Stderr, Truncated = answer.Truncated };
    }

    /// <summary>The end of a machine's console.</summary>
    public async Task<ConsoleResponse> ConsoleAsync(ConsoleRequest request, ServerCallContext call)
    {
        var faults = new List<FieldFault>();
        if (InstanceName.Check(request.Name) is { } fault)
        {
            faults.Add(fault);
        }

        if (request.MaxBytes > MaxConsole)
        {
            faults.Add(new FieldFault("max_bytes", $"{request.MaxBytes} is not allowed: use at most {MaxConsole}"));
        }

        FaultException.ThrowIfAny(faults);
        var state = table.Get(request.Name);
        var read = Read(state, request.MaxBytes == 0 ? DefaultConsole : request.MaxBytes);
        var answer = await hosts.CallAsync(
            state, call, c => c.ConsoleAsync(read, deadline: DateTime.UtcNow + ConsoleLimit, cancellationToken: call.CancellationToken));
        return new ConsoleResponse { Text = ConsoleText.Clean(answer.Data.Span) };
    }

    /// <summary>The last lines of a console for a message; empty when there are none to be had now.</summary>
    public async Task<string> TailAsync(InstanceState state)
    {
        if (state.Seen is not { Host.Reachable: true, Machine: not null } || nodes.Find(state.Record.Node) is not { } node)
        {
            return "";
        }

        try
        {
            var answer = await node.Client.ConsoleAsync(Read(state, TailBytes), deadline: DateTime.UtcNow + TailLimit);
            return string.Join('\n', ConsoleText.Clean(answer.Data.Span).TrimEnd().Split('\n').TakeLast(TailLines));
        }
        catch (RpcException)
        {
            return "";
        }
    }

    private static Qemu.ConsoleRequest Read(InstanceState state, uint bytes) => new() { Uid = state.Uid, MaxBytes = bytes };

    private static IEnumerable<FieldFault> Check(ExecRequest request)
    {
        if (InstanceName.Check(request.Name) is { } name)
        {
            yield return name;
        }

        if (request.Command.Count is 0 or > MaxWords || request.Command.FirstOrDefault() is "")
        {
            yield return new FieldFault("command", request.Command.Count > MaxWords
                ? $"has {request.Command.Count} words: at most {MaxWords}"
                : "is missing: give the program and its arguments");
        }

        if (request.Command.Any(w => w.Contains('\0')))
        {
            yield return new FieldFault("command", "has a NUL character, which no argument can hold");
        }

        if (request.Stdin.Length > MaxStdin)
        {
            yield return new FieldFault("stdin", $"has {request.Stdin.Length} bytes: at most {MaxStdin}");
        }

        foreach (var setting in request.Environment.Where(e => e.IndexOf('=') < 1 || e.Contains('\0')))
        {
            yield return new FieldFault("environment", $"{Shown.Quote(setting)} is not a setting: write KEY=value");
        }

        if (DurationRules.Check(request.Timeout, "timeout") is { } timeout)
        {
            yield return timeout;
        }
    }
}
