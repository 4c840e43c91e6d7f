using System.Net.Sockets;
using Google.Protobuf.Collections;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Consoles;
using Qvmc.Core.Faults;
using Qvmc.Images;
using Qvmc.Os;
using Qvmc.Os.Processes;
using Qvmc.Os.Sockets;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.CommandLine;
using Qvmc.Qemu.Consoles;
using Qvmc.Qemu.Host;
using Qvmc.Qemu.Networks;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// Brings a machine up: image, disk, seed, networks, process, monitor, and lets it run. Each step registers how it is
/// taken back; a start that breaks off at any point leaves nothing but the disk, which the next start uses.
/// </summary>
internal sealed class StartSequence(MachineHost host, MachineOrder order, string fixedMachineType, ConsoleLog console, Action<MachineMessage> post, ILogger log)
{
    private const string PathForQemu = "/usr/bin:/bin";
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(5);
    private readonly MachinePaths _paths = host.PathsOf(order.Uid);

    /// <summary>Runs it.</summary>
    /// <returns>A machine that runs, or stands still if the order says so.</returns>
    /// <exception cref="FaultException">It could not be; all is taken back.</exception>
    /// <exception cref="OperationCanceledException">It was broken off; all is taken back.</exception>
    internal async Task<MachineSession> RunAsync(CancellationToken ct)
    {
        await host.Slots.WaitAsync(ct);
        try
        {
            await using var undo = new Undo(log, order.Uid);
            var session = await RunAsync(undo, ct);
            undo.Commit();
            return session;
        }
        finally
        {
            host.Slots.Release();
        }
    }

    private async Task<MachineSession> RunAsync(Undo undo, CancellationToken ct)
    {
        var binary = await host.Probe.GetAsync(ct);
        var machineType = fixedMachineType.Length > 0 ? fixedMachineType : binary.MachineType;

        Reach(Stage.Image);
        var baseImage = host.Images.Find(order.ImageDigest)
            ?? throw new FaultException(FaultCode.FailedPrecondition, $"image {order.ImageDigest} (\"{order.Spec.Image}\") is not on this host: import it again");

        Reach(Stage.Disk);
        await new DiskStep(host.QemuImg).PrepareAsync(_paths.Disk, baseImage, ImageFormats.Parse(order.ImageFormat), (long)order.Spec.DiskMib << 20, ct);

        Reach(Stage.Seed);
        var macs = order.Spec.Nics.Select(n => n.Mac).ToList();
        await SeedVolume.WriteAsync(_paths.Seed, new SeedContent(order.Uid, order.Name, order.Spec.CloudInit ?? new CloudInit(), macs), ct);

        Reach(Stage.Network);
        var nics = await AttachAsync(undo, ct);

        Reach(Stage.Spawn);
        var arguments = QemuCommandLine.Build(new CommandLineInput
        {
            Uid = order.Uid,
            Name = order.Name,
            MachineType = machineType,
            Accelerator = host.Accelerator.Accelerator,
            TcgCacheMib = host.TcgCacheMib(order.Spec.MemoryMib),
            Cpus = order.Spec.Cpus,
            MemoryMib = order.Spec.MemoryMib,
            Paths = _paths,
            BaseImage = baseImage,
            BaseFormat = order.ImageFormat,
            Nics = [.. nics.Zip(macs, (nic, mac) => new NicArguments(nic.Netdev, mac))],
        });
        MachineSession? session = null;
        undo.Add("connections", async () => await (session?.DisposeAsync() ?? ValueTask.CompletedTask));
        var process = Spawn(undo, binary, arguments);
        undo.Add("process", async () =>
        {
            process.Kill();
            await process.Exited.WaitAsync(ExitLimit);
            process.Dispose();
        });
        await PutOnRecordAsync(process, machineType);

        Reach(Stage.Monitor);
        session = new MachineSession(process, _paths, console, post, log, host.Time) { Nics = nics };
        try
        {
            await session.ConnectAsync(ct);
            if (order.Spec.Power != PowerState.Paused)
            {
                await session.CommandAsync("cont", ct: ct);
            }
        }
        catch (Exception e) when (e is QmpException or IOException or SocketException)
        {
            throw await ExplainAsync(process, e);
        }

        return session;
    }

    private async Task<IReadOnlyList<INicAttachment>> AttachAsync(Undo undo, CancellationToken ct)
    {
        var attachments = new List<INicAttachment>();
        for (var i = 0; i < order.Spec.Nics.Count; i++)
        {
            var attachment = await host.Networks.Get(order.Spec.Nics[i].Network).AttachAsync(Request(order, i), ct);
            undo.Add($"interface {i}", attachment.DetachAsync);
            attachments.Add(attachment);
        }

        return attachments;
    }

    /// <summary>What the machine wants of its interface <paramref name="index"/>.</summary>
    internal static NicRequest Request(MachineOrder order, int index) =>
        new(order.Uid, index, order.Spec.Nics[index].Mac, index == 0 ? order.Spec.Forwards : new RepeatedField<PortForward>());

    private ProcessHandle Spawn(Undo undo, QemuBinary binary, IReadOnlyList<string> arguments)
    {
        Directory.CreateDirectory(_paths.RunDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        undo.Add("sockets", () =>
        {
            MachineFiles.RemoveSockets(_paths);
            return Task.CompletedTask;
        });
        if (File.Exists(_paths.QemuLog))
        {
            File.Move(_paths.QemuLog, _paths.QemuLog + ".1", overwrite: true);
        }

        using var monitor = ListeningSocket.Bind(_paths.MonitorSocket);
        using var serial = ListeningSocket.Bind(_paths.ConsoleSocket);
        using var agent = ListeningSocket.Bind(_paths.AgentSocket);
        try
        {
            return DetachedProcess.Start(new DetachedStart
            {
                Program = binary.Path,
                Arguments = arguments,
                Environment = new Dictionary<string, string> { ["PATH"] = PathForQemu, ["LC_ALL"] = "C" },
                WorkingDirectory = _paths.Directory,
                OutputPath = _paths.QemuLog,
                Descriptors = [monitor.Handle, serial.Handle, agent.Handle],
            });
        }
        catch (OsException e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"QEMU could not be started: {e.Message}", inner: e);
        }
    }

    private async Task PutOnRecordAsync(ProcessHandle process, string machineType)
    {
        var onRecord = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        post(new MachineMessage.Spawned(process.Identity, host.Accelerator.Accelerator, machineType, onRecord));
        await onRecord.Task;
    }

    // A QEMU that ends at once says why in its log; the broken connection is only the echo.
    private async Task<FaultException> ExplainAsync(ProcessHandle process, Exception cause)
    {
        var first = await Task.WhenAny(process.Exited, Task.Delay(TimeSpan.FromSeconds(1), host.Time));
        if (first != process.Exited)
        {
            return new FaultException(FaultCode.Unavailable, $"QEMU's monitor does not answer: {cause.Message}", inner: cause);
        }

        var words = ConsoleText.Clean(FileTail.Read(_paths.QemuLog, 4096)).Trim();
        return new FaultException(
            FaultCode.FailedPrecondition,
            $"QEMU {await process.Exited}{(words.Length > 0 ? $": {words}" : " and said nothing")}",
            inner: cause);
    }

    private void Reach(Stage stage) => post(new MachineMessage.StageReached(stage));
}
