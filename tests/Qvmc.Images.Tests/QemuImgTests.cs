using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;
using Qvmc.Testing;

namespace Qvmc.Images.Tests;

public sealed class QemuImgTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TestDirectory _directory = new();
    private readonly QemuImg _qemuImg = new();

    [Theory]
    [InlineData(ImageFormat.Qcow2)]
    [InlineData(ImageFormat.Raw)]
    public async Task Disk_grows_and_never_shrinks(ImageFormat format)
    {
        var path = Base(format);
        await _qemuImg.ResizeAsync(path, format, 16 << 20, None);
        await _qemuImg.ResizeAsync(path, format, 16 << 20, None);
        await FaultAsync(_qemuImg.ResizeAsync(path, format, 8 << 20, None), FaultCode.InvalidArgument, "disks only grow");
        Assert.Equal(16 << 20, (await _qemuImg.InfoAsync(path, format, None)).VirtualSizeBytes);
    }

    [Fact]
    public async Task Check_counts_what_is_wrong()
    {
        var path = Base(ImageFormat.Qcow2);
        Assert.Equal((0, 0), await CheckAsync());

        // A cluster that is counted as used and that nothing points to: entry 4 of the refcount block at 128 KiB.
        var bytes = File.ReadAllBytes(path);
        Array.Resize(ref bytes, 5 * (64 << 10));
        bytes[(128 << 10) + 9] = 1;
        File.WriteAllBytes(path, bytes);
        Assert.Equal((0, 1), await CheckAsync());

        async Task<(long, long)> CheckAsync()
        {
            var check = await _qemuImg.CheckAsync(path, ImageFormat.Qcow2, None);
            return (check.Corruptions, check.Leaks);
        }
    }

    [Fact]
    public async Task Program_that_hangs_is_ended_after_its_limit_or_when_cancelled()
    {
        var pids = _directory.File("pids");
        var hanging = Executable.Write(_directory.File("hanging-qemu-img"), $"#!/bin/sh\necho $$ >> {pids}\nsleep 600 &\necho $! >> {pids}\nmkfifo {pids}.$$\nread x < {pids}.$$\n");
        var disk = Base(ImageFormat.Qcow2);

        var time = new ManualTime();
        var limited = new QemuImg(hanging, time).InfoAsync(disk, ImageFormat.Qcow2, None);
        await WaitForAsync(() => File.Exists(pids) && File.ReadAllLines(pids).Length == 2);
        time.Advance(TimeSpan.FromMinutes(1));
        await FaultAsync(limited, FaultCode.Timeout, "hanging-qemu-img info took longer than 30 s and was ended");

        using var cancel = new CancellationTokenSource();
        var cancelled = new QemuImg(hanging).InfoAsync(disk, ImageFormat.Qcow2, cancel.Token);
        await WaitForAsync(() => File.ReadAllLines(pids).Length == 4);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(TimeSpan.FromSeconds(60)));

        // All four, the children too.
        await WaitForAsync(() => File.ReadAllLines(pids).All(pid => !File.Exists($"/proc/{pid}/stat") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal)));
    }

    [Fact]
    public Task Relative_path_is_a_defect_of_the_caller() =>
        Assert.ThrowsAsync<ArgumentException>(() => _qemuImg.InfoAsync("nbd:localhost:1", ImageFormat.Raw, None));

    private static async Task FaultAsync(Task task, FaultCode code, string why)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => task.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal((code, true), (fault.Code, fault.Message.Contains(why, StringComparison.Ordinal)));
    }

    // Another process's doing: there is no event to wait for, so it is looked at, with a limit.
    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private string Base(ImageFormat format, string name = "base")
    {
        var path = _directory.File(name);
        Shell.Run("qemu-img", "create", "-q", "-f", ImageFormats.Name(format), path, "8M");
        return path;
    }

    public void Dispose() => _directory.Dispose();
}
