using System.Net.Sockets;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Os.Processes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.CommandLine;
using Qvmc.Qemu.Machines;
using Qvmc.Testing;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>
/// A machine that an earlier daemon has left: its record, a process that does nothing, and a scripted monitor. It is
/// there for the daemon that starts next.
/// </summary>
internal sealed class FakeMachine : IAsyncDisposable
{
    private readonly ProcessHandle _process;
    private readonly Socket _console;

    private FakeMachine(MachineOrder order, MachinePaths paths, FakeQemuScript script)
    {
        (Order, Paths) = (order, paths);
        Directory.CreateDirectory(paths.Directory);
        Directory.CreateDirectory(paths.RunDirectory);
        _process = DetachedProcess.Start(new DetachedStart { Program = "/bin/sleep", Arguments = ["infinity"], WorkingDirectory = "/", OutputPath = paths.QemuLog });
        new MachineRecordFile(paths.Record).Save(new MachineRecord
        {
            Order = order,
            MachineType = "pc-q35-7.2",
            NicLayout = NicPlaces.BehindBridge,
            Run = new MachineRun
            {
                Boot = order.Boot,
                Begun = true,
                Pid = _process.Identity.Pid,
                PidStartTicks = _process.Identity.StartTicks,
                HostBootId = HostBoot.Id,
                StartTime = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow),
                Generation = order.Generation,
                Spec = order.Spec.Clone(),
            },
        });
        _console = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _console.Bind(new UnixDomainSocketEndPoint(paths.ConsoleSocket));
        _console.Listen();
        Agent = FakeAgent.Start(paths.AgentSocket);
        Qemu = FakeQemu.Start(script, paths.MonitorSocket);
        Qemu.On("query-chardev", _ => ScriptedReply.Return(new JsonArray(new JsonObject { ["label"] = "agent0", ["frontend-open"] = HasAgent })));
        Qemu.On("query-block", _ => ScriptedReply.Return(new JsonArray(new JsonObject { ["device"] = "", ["io-status"] = IoStatus })));
        Qemu.On("query-blockstats", _ => ScriptedReply.Return(new JsonArray(
            Counted("disk0", 0, 0), Counted("data-logs", FailedReads, FailedWrites))));
        Qemu.On("quit", ScriptedReply.Return().Then(() =>
        {
            Kill();
            return Task.CompletedTask;
        }));
    }

    public MachineOrder Order { get; }

    public string Uid => Order.Uid;

    public MachinePaths Paths { get; }

    public FakeQemu Qemu { get; }

    public FakeAgent Agent { get; }

    public ProcessIdentity Process => _process.Identity;

    /// <summary>What query-block tells of its disk.</summary>
    public string IoStatus { get; set; } = "ok";

    /// <summary>The guest has opened the agent's port.</summary>
    public bool HasAgent { get; set; }

    public int FailedReads { get; set; }

    public int FailedWrites { get; set; }

    /// <summary>Makes one.</summary>
    public static FakeMachine Create(HostFixture fixture, FakeQemuScript? script = null)
    {
        var order = fixture.Order(PowerState.Running);
        order.Spec.DataDisks.Clear();
        return new FakeMachine(order, fixture.Host.PathsOf(order.Uid), script ?? new FakeQemuScript { Status = "running" });
    }

    /// <summary>QEMU's process dies.</summary>
    public void Kill() => _process.Kill();

    /// <summary>A write finds no room: QEMU lets the guest stand still.</summary>
    public async Task FillAsync()
    {
        (Qemu.Status, IoStatus) = ("io-error", "nospace");
        await Qemu.EmitAsync("BLOCK_IO_ERROR", new JsonObject { ["device"] = "", ["node-name"] = "disk0", ["operation"] = "write", ["action"] = "stop", ["nospace"] = true, ["reason"] = "No space left on device" });
        await Qemu.EmitAsync("STOP");
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Qemu.DisposeAsync();
        await Agent.DisposeAsync();
        _console.Dispose();
        _process.Dispose();
    }

    private static JsonObject Counted(string node, int reads, int writes) => new()
    {
        ["node-name"] = node,
        ["stats"] = new JsonObject { ["failed_rd_operations"] = reads, ["failed_wr_operations"] = writes, ["failed_flush_operations"] = 0 },
    };
}
