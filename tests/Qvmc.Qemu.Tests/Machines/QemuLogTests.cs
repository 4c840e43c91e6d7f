using System.Diagnostics;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Consoles;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>What a QEMU prints without end.</summary>
public sealed class QemuLogTests : IAsyncLifetime
{
    private readonly HostFixture _fixture = new() { Time = new PromptTimers() };

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task ItIsCutAndItsEndIsKept()
    {
        await using var machine = FakeMachine.Create(_fixture);
        await _fixture.RestartAsync();
        await _fixture.WaitAsync(machine.Uid, State.Running);
        var (log, older) = (machine.Paths.QemuLog, machine.Paths.QemuLog + ".1");

        // As QEMU has it open: what it says next goes to the end, wherever that is then. In one go, lest it be cut within.
        var words = Path.Combine(_fixture.Root, "words");
        await File.WriteAllLinesAsync(words, Enumerable.Range(0, 100_000).Select(i => $"line {i:D6} of a device that complains"));
        using var qemu = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec >>{log}; dd status=none bs=8M if={words}; read go; echo the last word"]) { RedirectStandardInput = true })!;
        await UntilAsync(() => File.Exists(older) && new FileInfo(older).Length == QemuLog.LongestBytes);
        await qemu.StandardInput.WriteLineAsync("go");
        await qemu.WaitForExitAsync();

        Assert.Equal("the last word\n", await File.ReadAllTextAsync(log));
        Assert.EndsWith("line 099999 of a device that complains\n", await File.ReadAllTextAsync(older), StringComparison.Ordinal);
        Assert.Equal(QemuLog.LongestBytes, new FileInfo(older).Length);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds())
        {
            await Task.Delay(20, limit.Token);
        }
    }
}
