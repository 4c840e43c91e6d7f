using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.CommandLine;
using Qvmc.Qemu.Host;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.CommandLine;

/// <summary>
/// Golden files, one argument a line. To accept a wanted change: run with QVMC_GOLDEN=write, and read the difference.
/// </summary>
public sealed class QemuCommandLineTests
{
    private static readonly QemuTarget X64 = new(Architecture.X64, Architecture.X64, OnMacOS: false);
    private static readonly QemuTarget Arm64 = new(Architecture.Arm64, Architecture.Arm64, OnMacOS: false);
    private static readonly CommandLineInput Plain = new()
    {
        Uid = "abcdefghijkl",
        Name = "web1",
        Target = X64,
        MachineType = "pc-q35-7.2",
        Accelerator = Accelerator.Tcg,
        TcgCacheMib = 64,
        Cpus = 1,
        MemoryMib = 128,
        Paths = new MachinePaths("/var/lib/qvmc/machines/abcdefghijkl", "/run/qvmc/abcdefghijkl"),
        BaseImage = "/var/lib/qvmc/images/sha256/0123",
        BaseFormat = "qcow2",
        Nics = [new NicArguments(new JsonObject { ["type"] = "user", ["id"] = "net0" }, "52:54:00:00:00:01", 1)],
    };

    [Fact]
    public void OfAnEmulatedMachine() => Golden("tcg", Plain);

    [Fact]
    public void OfAnAcceleratedMachineOnARawImageWithTwoInterfaces() => Golden("kvm", Plain with
    {
        Accelerator = Accelerator.Kvm,
        Cpus = 4,
        MemoryMib = 4096,
        BaseFormat = "raw",
        Nics =
        [
            new NicArguments(
                new JsonObject
                {
                    ["type"] = "user",
                    ["id"] = "net0",
                    ["hostfwd"] = new JsonArray(new JsonObject { ["str"] = "tcp:127.0.0.1:8080-:80" }),
                },
                "52:54:00:00:00:01",
                1),
            new NicArguments(new JsonObject { ["type"] = "user", ["id"] = "net1", ["restrict"] = true }, "52:54:00:00:00:02", 2),
        ],
    });

    [Fact]
    public void OfAnEmulatedArmMachine() => Golden("arm64-tcg", OnArm with { Accelerator = Accelerator.Tcg });

    [Fact]
    public void OfAnArmMachineOnKvm() => Golden("arm64-kvm", OnArm with { Accelerator = Accelerator.Kvm });

    [Fact]
    public void OfAMachineOnAppleSilicon() => Golden("arm64-hvf", OnArm with
    {
        Target = Arm64 with { OnMacOS = true },
        Accelerator = Accelerator.Hvf,
        MachineType = "virt-9.1",
        Firmware = new Firmware("/opt/homebrew/share/qemu/edk2-aarch64-code.fd", "raw", "/opt/homebrew/share/qemu/edk2-arm-vars.fd", "raw"),
    });

    [Fact]
    public void OfAMachineOnAnIntelMac() => Golden("x86-hvf", Plain with { Target = X64 with { OnMacOS = true }, Accelerator = Accelerator.Hvf });

    [Fact]
    public void AnArmMachineWithoutFirmwareIsAMistake() =>
        Assert.Throws<ArgumentException>(() => QemuCommandLine.Build(OnArm with { Firmware = null }));

    [Fact]
    public void OfAMachineThatWasFirstStartedByAnOlderVersion() => Golden("nics-on-root-bus", Plain with
    {
        NicLayout = NicPlaces.OnRootBus,
        Nics = [Plain.Nics[0], new NicArguments(new JsonObject { ["type"] = "user", ["id"] = "net2" }, "52:54:00:00:00:03", 3)],
    });

    [Fact]
    public void OfSeveralQueues() => Golden("queues", Plain with
    {
        Cpus = 4,
        Nics = [new NicArguments(new JsonObject { ["type"] = "tap", ["id"] = "net1", ["ifname"] = "qabcdefghijkl2", ["queues"] = 4 }, "52:54:00:00:00:01", 2, Queues: 4)],
    });

    [Fact]
    public void OfPathsThatHoldCommasQuotesAndSpaces() => Golden("odd-paths", Plain with
    {
        Paths = new MachinePaths("/srv/a,b \"c\"/machines/abcdefghijkl", "/run/a,b/abcdefghijkl"),
        BaseImage = "/srv/a,b \"c\"/images/0123",
    });

    [Fact]
    public void OfAnEmptyDiskWithDataDisksAndCds() => Golden("disks", Plain with
    {
        BaseImage = null,
        BaseFormat = "",
        Drives =
        [
            ScsiDrive.Of(new DataDisk { Name = "data1", SizeMib = 10, Generation = 1 }, Plain.Paths),
            ScsiDrive.Of(new DataDisk { Name = "logs", SizeMib = 10, Generation = 12 }, Plain.Paths),
            ScsiDrive.Of(new Cdrom { Image = "installer" }, "sha256:01", "/var/lib/qvmc/images/sha256/01"),
            ScsiDrive.Of(new Cdrom { Image = "drivers" }, "sha256:02", "/var/lib/qvmc/images/sha256/02"),
        ],
    });

    [Fact]
    public void NodeNamesAreNoLongerThanQemuTakes()
    {
        var longest = ScsiDrive.Of(new DataDisk { Name = new string('a', 20) }, Plain.Paths);
        Assert.Equal(30, longest.FileNode.Length);
        var cd = ScsiDrive.Of(new Cdrom { Image = new string('a', 128) }, "sha256:01", "/");
        Assert.InRange(cd.FileNode.Length, 1, 31);
        Assert.NotEqual(cd.Node, ScsiDrive.Of(new Cdrom { Image = "b" }, "sha256:01", "/").Node);
    }

    [Fact]
    public void NeverTheHostsProcessorUnderEmulation()
    {
        var arguments = QemuCommandLine.Build(Plain);
        Assert.Equal("max", arguments[arguments.ToList().IndexOf("-cpu") + 1]);
    }

    private static CommandLineInput OnArm => Plain with
    {
        Target = Arm64,
        MachineType = "virt-7.2",
        Cpus = 2,
        MemoryMib = 512,
        Firmware = new Firmware("/usr/share/AAVMF/AAVMF_CODE.fd", "raw", "/usr/share/AAVMF/AAVMF_VARS.fd", "raw"),
    };

    private static void Golden(string name, CommandLineInput input)
    {
        var actual = string.Join('\n', QemuCommandLine.Build(input)) + "\n";
        var path = Path.Combine(Folder(), $"{name}.golden");
        if (Environment.GetEnvironmentVariable("QVMC_GOLDEN") == "write")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Folder([System.Runtime.CompilerServices.CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "Golden");
}
