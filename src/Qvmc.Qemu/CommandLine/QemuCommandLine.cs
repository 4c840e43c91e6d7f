using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Host;

namespace Qvmc.Qemu.CommandLine;

/// <summary>
/// QEMU's arguments: a pure function of its input, handed over as a list and never through a shell.
/// </summary>
/// <remarks>
/// Ids, order and PCI addresses of devices are part of a saved machine's state: new devices come after the ones that
/// are there, at addresses that are free. Values in which users or paths have a say go through JSON; where QEMU takes
/// none, commas are doubled.
/// </remarks>
public static class QemuCommandLine
{
    /// <summary>Descriptors that the process inherits, from 3 upwards: monitor, console, agent.</summary>
    private const int MonitorFd = 3, ConsoleFd = 4, AgentFd = 5;

    // The architecture's own pointer authentication is most of the time of an emulated processor, and kernels before 5.12
    // don't start on one with 52-bit addresses.
    private const string ArmMax = "max,pauth-impdef=on,lpa2=off";

    // For people to read in `ps`, too: "/" and "+" need no escapes.
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The arguments, without argv[0].</summary>
    public static IReadOnlyList<string> Build(CommandLineInput input) =>
    [
        .. Machine(input),
        .. Channels(),
        .. Disks(input),
        .. Nics(input),
        "-object", ToJson(new() { ["qom-type"] = "rng-builtin", ["id"] = "rng0" }),
        "-device", ToJson(new() { ["driver"] = "virtio-rng-pci", ["id"] = "rng-dev0", ["rng"] = "rng0", ["bus"] = "pcie.0", ["addr"] = "0x5" }),
        .. Scsi(input),
    ];

    private static IEnumerable<string> Machine(CommandLineInput input) =>
    [
        "-name", $"guest={Doubled(input.Name)},debug-threads=on",
        "-nodefaults", "-no-user-config",
        "-display", "none", "-vga", "none",
        "-S",

        // A guest that shuts down leaves QEMU standing until it is told to quit: so an end that nobody asked for is
        // never mistaken for a shutdown, even when the daemon is away.
        "-action", "shutdown=pause",
        .. Sandbox(input.Target),
        "-msg", "timestamp=on",
        "-object", ToJson(new() { ["qom-type"] = "memory-backend-ram", ["id"] = "ram0", ["size"] = (long)input.MemoryMib << 20 }),
        .. FirmwareMemory(input),
        "-machine", $"{input.MachineType},memory-backend=ram0,usb=off,{OfFamily(input)},dump-guest-core=off",
        .. Processors(input),
        "-m", Invariant($"{input.MemoryMib}M"),
        "-rtc", "base=utc",
        "-boot", "strict=on",
    ];

    // By seccomp, which only Linux has; another QEMU refuses the option.
    private static IEnumerable<string> Sandbox(QemuTarget target) =>
        target.OnMacOS ? [] : ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"];

    // What only one family of machine types has. An interrupt controller of version 3 carries more than 8 processors; KVM
    // can only give what the host's own is.
    private static string OfFamily(CommandLineInput input) => IsArm(input)
        ? $"gic-version={(input.Accelerator == Accelerator.Kvm ? "host" : "3")},highmem=on,pflash0=firmware0,pflash1=variables0"
        : "vmport=off";

    private static IEnumerable<string> FirmwareMemory(CommandLineInput input) => !input.Target.NeedsFirmware
        ? []
        : input.Firmware is not { } firmware ? throw new ArgumentException("these guests need firmware", nameof(input))
        :
        [
            "-blockdev", ToJson(new() { ["driver"] = "file", ["node-name"] = "firmware0-file", ["filename"] = firmware.Code, ["read-only"] = true }),
            "-blockdev", ToJson(new() { ["driver"] = firmware.CodeFormat, ["node-name"] = "firmware0", ["file"] = "firmware0-file", ["read-only"] = true }),
            "-blockdev", ToJson(new() { ["driver"] = "file", ["node-name"] = "variables0-file", ["filename"] = input.Paths.FirmwareVariables, ["locking"] = "on" }),
            "-blockdev", ToJson(new() { ["driver"] = firmware.VariablesFormat, ["node-name"] = "variables0", ["file"] = "variables0-file" }),
        ];

    private static bool IsArm(CommandLineInput input) => input.Target.Guest == Architecture.Arm64;

    private static IEnumerable<string> Processors(CommandLineInput input) =>
    [
        "-accel", input.Accelerator switch
        {
            Accelerator.Kvm => "kvm",
            Accelerator.Hvf => "hvf",
            Accelerator.Tcg => Invariant($"tcg,thread=multi,tb-size={input.TcgCacheMib}"),
            _ => throw new ArgumentException($"{input.Accelerator} runs nothing", nameof(input)),
        },
        "-cpu", input.Accelerator != Accelerator.Tcg ? "host" : IsArm(input) ? ArmMax : "max",
        "-smp", Invariant($"cpus={input.Cpus},sockets=1,cores={input.Cpus},threads=1"),
    ];

    private static IEnumerable<string> Channels() =>
    [
        "-chardev", Socket("monitor0", MonitorFd), "-mon", "chardev=monitor0,mode=control",
        "-chardev", Socket("console0", ConsoleFd), "-serial", "chardev:console0",
        "-chardev", Socket("agent0", AgentFd),
        "-device", ToJson(new() { ["driver"] = "virtio-serial-pci", ["id"] = "serial0", ["bus"] = "pcie.0", ["addr"] = "0x2" }),
        "-device", ToJson(new() { ["driver"] = "virtserialport", ["id"] = "agent-port0", ["bus"] = "serial0.0", ["chardev"] = "agent0", ["name"] = "org.qemu.guest_agent.0" }),
    ];

    private static IEnumerable<string> Disks(CommandLineInput input) =>
    [
        .. Base(input),
        "-blockdev", ToJson(new() { ["driver"] = "file", ["node-name"] = "disk0-file", ["filename"] = input.Paths.Disk, ["discard"] = "unmap", ["locking"] = "on" }),
        "-blockdev", ToJson(new() { ["driver"] = "qcow2", ["node-name"] = "disk0", ["file"] = "disk0-file", ["backing"] = input.BaseImage is null ? null : "base0", ["discard"] = "unmap" }),
        "-device", ToJson(new() { ["driver"] = "virtio-blk-pci", ["id"] = "disk-dev0", ["drive"] = "disk0", ["werror"] = ScsiDrive.WriteErrors, ["rerror"] = ScsiDrive.ReadErrors, ["bootindex"] = 1, ["bus"] = "pcie.0", ["addr"] = "0x3" }),
        "-blockdev", ToJson(new() { ["driver"] = "file", ["node-name"] = "seed0-file", ["filename"] = input.Paths.Seed, ["read-only"] = true }),
        "-blockdev", ToJson(new() { ["driver"] = "raw", ["node-name"] = "seed0", ["file"] = "seed0-file", ["read-only"] = true }),
        "-device", ToJson(new() { ["driver"] = "virtio-blk-pci", ["id"] = "seed-dev0", ["drive"] = "seed0", ["bus"] = "pcie.0", ["addr"] = "0x4" }),
    ];

    private static IEnumerable<string> Base(CommandLineInput input) => input.BaseImage is null
        ? []
        :
        [
            "-blockdev", ToJson(new() { ["driver"] = "file", ["node-name"] = "base0-file", ["filename"] = input.BaseImage, ["read-only"] = true, ["locking"] = "on" }),
            "-blockdev", ToJson(new() { ["driver"] = input.BaseFormat, ["node-name"] = "base0", ["file"] = "base0-file", ["read-only"] = true }),
        ];

    // Every machine has the controller, so that disks and CDs come and go while it runs. The firmware tries the first
    // disk, then the CDs.
    private static IEnumerable<string> Scsi(CommandLineInput input)
    {
        const int firstOfCds = 2;
        var cds = 0;
        return
        [
            "-device", ToJson(new() { ["driver"] = "virtio-scsi-pci", ["id"] = "scsi0", ["bus"] = "pcie.0", ["addr"] = "0x6" }),
            .. input.Drives.SelectMany(drive => new[]
            {
                "-blockdev", ToJson(drive.FileArguments),
                "-blockdev", ToJson(drive.NodeArguments),
                "-device", ToJson(drive.DeviceArguments(drive.IsCdrom ? firstOfCds + cds++ : null)),
            }),
        ];
    }

    private static IEnumerable<string> Nics(CommandLineInput input) =>
    [
        .. NicPlaces.Buses(input.NicLayout).SelectMany(bus => new[] { "-device", ToJson(bus) }),
        .. input.Nics.SelectMany(nic => new[] { "-netdev", ToJson(nic.Netdev), "-device", ToJson(nic.DeviceArguments(input.NicLayout)) }),
    ];

    private static string Socket(string id, int fd) => Invariant($"socket,id={id},fd={fd},server=on,wait=off");

    private static string ToJson(JsonObject value) => value.ToJsonString(Json);

    private static string Doubled(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
