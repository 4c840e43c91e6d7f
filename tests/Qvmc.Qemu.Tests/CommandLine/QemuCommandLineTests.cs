using System.Text.Json.Nodes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.CommandLine;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.CommandLine;

/// <summary>
/// Golden files, one argument a line. To accept a wanted change: run with QVMC_GOLDEN=write, and read the difference.
/// </summary>
public sealed class QemuCommandLineTests
{
    private static readonly CommandLineInput Plain = new()
    {
        Uid = "abcdefghijkl",
        Name = "web1",
        MachineType = "pc-q35-7.2",
        Accelerator = Accelerator.Tcg,
        TcgCacheMib = 64,
        Cpus = 1,
        MemoryMib = 128,
        Paths = new MachinePaths("/var/lib/qvmc/machines/abcdefghijkl", "/run/qvmc/abcdefghijkl"),
        BaseImage = "/var/lib/qvmc/images/sha256/0123",
        BaseFormat = "qcow2",
        Nics = [new NicArguments(new JsonObject { ["type"] = "user", ["id"] = "net0" }, "52:54:00:00:00:01")],
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
                "52:54:00:00:00:01"),
            new NicArguments(new JsonObject { ["type"] = "user", ["id"] = "net1", ["restrict"] = true }, "52:54:00:00:00:02"),
        ],
    });

    [Fact]
    public void OfPathsThatHoldCommasQuotesAndSpaces() => Golden("odd-paths", Plain with
    {
        Paths = new MachinePaths("/srv/a,b \"c\"/machines/abcdefghijkl", "/run/a,b/abcdefghijkl"),
        BaseImage = "/srv/a,b \"c\"/images/0123",
    });

    [Fact]
    public void NeverTheHostsProcessorUnderEmulation()
    {
        var arguments = QemuCommandLine.Build(Plain);
        Assert.Equal("max", arguments[arguments.ToList().IndexOf("-cpu") + 1]);
    }

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
