using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Consoles;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Images;
using Qvmc.Os;
using Qvmc.Os.Processes;
using Qvmc.Os.Sockets;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.CommandLine;
using Qvmc.Qemu.Confinement;
using Qvmc.Qemu.Consoles;
using Qvmc.Qemu.Host;
using Qvmc.Qemu.Networks;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// Brings a machine up: image, disk, seed, networks, process, monitor, and lets it run. Each step registers how it is
/// taken back; a start that breaks off at any point leaves nothing but the disk, which the next start uses.
/// </summary>
internal sealed class StartSequence(MachineHost host, MachineOrder order, string fixedMachineType, uint fixedNicLayout, ConsoleLog console, Action<MachineMessage> post, ILogger log)
{
    private const string PathForQemu = "/usr/bin:/bin";

    // A QEMU that has not answered after so long has most likely nothing to do: others may begin.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(5);
    private readonly MachinePaths _paths = host.PathsOf(order.Uid);

    /// <summary>Runs it.</summary>
    /// <returns>A machine that runs, or stands still if the order says so.</returns>
    /// <exception cref="FaultException">It could not be; all is taken back.</exception>
    /// <exception cref="OperationCanceledException">It was broken off; all is taken back.</exception>
    internal async Task<MachineSession> RunAsync(CancellationToken ct)
    {
        using var slot = await StartSlot.TakeAsync(host.Slots, ct);
        await using var undo = new Undo(log, order.Uid);
        var session = await RunAsync(slot, undo, ct);
        undo.Commit();
        return session;
    }

    private async Task<MachineSession> RunAsync(StartSlot slot, Undo undo, CancellationToken ct)
    {
        var binary = await host.Probe.GetAsync(ct);
        var (machineType, nicLayout) = fixedMachineType.Length > 0 ? (fixedMachineType, fixedNicLayout) : (binary.MachineType, NicPlaces.BehindBridge);

        Reach(Stage.Image);
        var baseImage = order.ImageDigest.Length > 0 ? Find(order.ImageDigest, order.Spec.Image) : null;
        var cds = order.Spec.Cdroms.Zip(order.CdromDigests, (cd, digest) => ScsiDrive.Of(cd, digest, Find(digest, cd.Image))).ToList();

        FaultPoint.Reach(FaultStep.ImagesFound);
        Reach(Stage.Disk);
        host.User?.Admit(_paths.Directory);
        var disks = new DiskStep(host.QemuImg, _paths, host.User);
        await disks.PrepareFirstAsync(order, baseImage, ct);
        var attached = order.Spec.DataDisks.Where(d => !d.Detached).ToList();
        foreach (var disk in attached)
        {
            await disks.PrepareAsync(disk, ct);
        }

        if (binary.Firmware is { } firmware)
        {
            FirmwareVariables.Prepare(_paths.FirmwareVariables, firmware.Variables);
            host.User?.Give(_paths.FirmwareVariables);
        }

        FaultPoint.Reach(FaultStep.DisksReady);
        Reach(Stage.Seed);
        var wanted = MachineNic.Of(host.Networks, order);
        var macs = wanted.Select(n => n.Request.Mac).ToList();
        await SeedVolume.WriteAsync(_paths.Seed, new SeedContent(order.Uid, order.Name, order.Spec.CloudInit ?? new CloudInit(), macs, order.InstallAgent), ct);
        host.User?.Lend(_paths.Seed);

        FaultPoint.Reach(FaultStep.SeedWritten);
        Reach(Stage.Network);
        var nics = await AttachAsync(wanted, undo, ct);

        FaultPoint.Reach(FaultStep.NicsAttached);
        Reach(Stage.Spawn);
        var arguments = QemuCommandLine.Build(new CommandLineInput
        {
            Uid = order.Uid,
            Name = order.Name,
            Target = host.Probe.Target,
            Firmware = binary.Firmware,
            MachineType = machineType,
            Accelerator = host.Accelerator.Accelerator,
            TcgCacheMib = host.TcgCacheMib(order.Spec.MemoryMib),
            Cpus = order.Spec.Cpus,
            MemoryMib = order.Spec.MemoryMib,
            Paths = _paths,
            BaseImage = baseImage,
            BaseFormat = order.ImageFormat,
            Drives = [.. attached.Select(d => ScsiDrive.Of(d, _paths)), .. cds],
            Nics = [.. nics.Zip(wanted, (nic, w) => new NicArguments(nic.Netdev, w.Request.Mac, w.Request.Slot, w.Request.Queues))],
            NicLayout = nicLayout,
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
        FaultPoint.Reach(FaultStep.Spawned);
        await PutOnRecordAsync(process, machineType, nicLayout);

        Reach(Stage.Monitor);
        session = new MachineSession(process, _paths, console, post, log, host.Time);
        await using var patience = host.Time.CreateTimer(_ => slot.Dispose(), null, Patience, Timeout.InfiniteTimeSpan);
        try
        {
            await session.ConnectAsync(ct);
            FaultPoint.Reach(FaultStep.MonitorConnected);
            if (order.Spec.Power != PowerState.Paused)
            {
                await session.CommandAsync("cont", ct: ct);
            }

            FaultPoint.Reach(FaultStep.Released);
        }
        catch (Exception e) when (e is QmpException or IOException or SocketException)
        {
            throw await ExplainAsync(process, e);
        }

        return session;
    }

    private string Find(string digest, string name) => host.Images.Find(digest)
        ?? throw new FaultException(FaultCode.FailedPrecondition, $"image {digest} (\"{name}\") is not on this host: import it again");

    private async Task<IReadOnlyList<INicAttachment>> AttachAsync(IReadOnlyList<MachineNic> wanted, Undo undo, CancellationToken ct)
    {
        if (MachineNic.ForwardsWithoutNetwork(order, wanted) is { } fault)
        {
            throw fault;
        }

        // Nothing is touched before all of them were looked at.
        var drivers = wanted.Select(n => n.Driver ?? host.Networks.Get(n.Network)).ToList();
        var attachments = new List<INicAttachment>();
        foreach (var (nic, driver) in wanted.Zip(drivers))
        {
            var attachment = await driver.AttachAsync(nic.Request, ct);
            undo.Add($"interface {nic.Request.Slot}", attachment.DetachAsync);
            attachments.Add(attachment);
        }

        return attachments;
    }

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
        FaultPoint.Reach(FaultStep.SocketsBound);
        var command = host.User?.Command(binary.Path, arguments) ?? [binary.Path, .. arguments];
        undo.Add("control group", () => Task.FromResult(host.Groups?.Leave(order.Uid)));
        try
        {
            var process = DetachedProcess.Start(new DetachedStart
            {
                Program = command[0],
                Arguments = [.. command.Skip(1)],
                Environment = new Dictionary<string, string> { ["PATH"] = PathForQemu, ["LC_ALL"] = "C" },
                WorkingDirectory = _paths.Directory,
                OutputPath = _paths.QemuLog,
                Descriptors = [monitor.Handle, serial.Handle, agent.Handle],
            });
            OomScore.Reset(process.Identity.Pid);
            host.Groups?.Enter(order.Uid, process.Identity.Pid, new MachineBounds(order.Spec.MemoryMib, order.Spec.Cpus, host.TcgCacheMib(order.Spec.MemoryMib)));
            return process;
        }
        catch (OsException e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"QEMU could not be started: {e.Message}", inner: e);
        }
    }

    private async Task PutOnRecordAsync(ProcessHandle process, string machineType, uint nicLayout)
    {
        var onRecord = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        post(new MachineMessage.Spawned(process.Identity, host.Accelerator.Accelerator, machineType, nicLayout, onRecord));
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
