using Qvmc.Os.Files;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>Machines of the other architecture, on the real QEMU and with the real firmware.</summary>
public sealed class ArmMachineTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly HostFixture _fixture = new();

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [ArmFact]
    public async Task AMachineOfTheArmKindComesToItsFirmwareAndKeepsWhatThatRemembers()
    {
        await _fixture.Table.EndAsync();
        await _fixture.BeginAsync(new QemuSettings { QemuBinary = "qemu-system-aarch64" });
        var order = _fixture.Order(PowerState.Running);
        order.Spec.MemoryMib = 256;
        order.Spec.Cpus = 2;
        order.Stop = new StopPolicy { Grace = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromMilliseconds(100)) };
        await _fixture.Table.EnsureAsync(order);
        var status = await _fixture.WaitAsync(order.Uid, State.Running);
        Assert.StartsWith("virt-", status.MachineType, StringComparison.Ordinal);
        Assert.Equal(Accelerator.Tcg, status.Accelerator);

        // The firmware has found its memory, its disks and interface, and that nothing on them starts.
        var paths = _fixture.Host.PathsOf(order.Uid);
        await ConsoleAsync(paths, "Shell>");
        var length = new FileInfo(paths.FirmwareVariables).Length;
        Assert.Equal(64 << 20, length);
        Assert.InRange(FileSpace.Allocated(paths.FirmwareVariables), 1, length / 4);

        // A boot entry of its own making is among what it wrote: the next start begins with that.
        var written = await File.ReadAllBytesAsync(paths.FirmwareVariables);
        Assert.True(written.AsSpan().IndexOf("B\0o\0o\0t\0O\0r\0d\0e\0r\0"u8) > 0);
        order.Generation++;
        order.Boot = 2;
        await _fixture.Table.EnsureAsync(order);
        await _fixture.WaitAsync(order.Uid, s => s is { State: State.Running, Boot: 2 });
        Assert.True((await File.ReadAllBytesAsync(paths.FirmwareVariables)).AsSpan().IndexOf("B\0o\0o\0t\0O\0r\0d\0e\0r\0"u8) > 0);
    }

    [Fact]
    public void AHalfMadeMemoryOfTheFirmwareIsMadeAnew()
    {
        var (template, path) = (Path.Combine(_fixture.Root, "template"), Path.Combine(_fixture.Root, "variables"));
        var content = new byte[300_000];
        content[5] = content[200_000] = content[^1] = 1;
        File.WriteAllBytes(template, content);
        File.WriteAllText(path + ".new", new string('x', 400_000));
        FirmwareVariables.Prepare(path, template);
        Assert.Equal(content, File.ReadAllBytes(path));
        Assert.False(File.Exists(path + ".new"));
        File.WriteAllText(path, "the guest's");
        FirmwareVariables.Prepare(path, template);
        Assert.Equal("the guest's", File.ReadAllText(path));
    }

    private static async Task ConsoleAsync(MachinePaths paths, string wanted)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(paths.Directory, Path.GetFileName(paths.ConsoleLog));
        watcher.Changed += (_, _) => Look();
        watcher.EnableRaisingEvents = true;
        Look();
        await seen.Task.WaitAsync(Limit);

        void Look()
        {
            using var file = new FileStream(paths.ConsoleLog, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            if (reader.ReadToEnd().Contains(wanted, StringComparison.Ordinal))
            {
                seen.TrySetResult();
            }
        }
    }
}
