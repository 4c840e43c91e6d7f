using Qvmc.Core.Faults;
using Qvmc.Images.Formats;
using Qvmc.Images.Tests.Formats;
using Qvmc.Protos.Image.V1;
using Qvmc.Testing;

namespace Qvmc.Images.Tests;

/// <summary>What qemu-img is asked of files from outside, when our own look at them was deceived.</summary>
public sealed class QemuImgIntakeTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly ForeignDisk _disk = new();
    private readonly QemuImg _qemuImg = new();

    [Theory]
    [InlineData("qcow2", ImageFormat.Qcow2)]
    [InlineData("vmdk", ImageFormat.Vmdk)]
    [InlineData("vhdx", ImageFormat.Vhdx)]
    public async Task Another_disk_than_was_seen_is_refused(string format, ImageFormat seen)
    {
        var path = _disk.Write(_disk.Make(format));
        await _qemuImg.ConfirmAsync(path, new ImageInspection(seen, ForeignDisk.RawBytes), None);
        await RefusedAsync(path, new ImageInspection(seen, ForeignDisk.RawBytes + 512), "sees a disk of 8388608 bytes instead of 8389120 in it");
        await RefusedAsync(path, new ImageInspection(seen == ImageFormat.Vhdx ? ImageFormat.Vmdk : ImageFormat.Vhdx, ForeignDisk.RawBytes), "can't read it");
    }

    [Fact]
    public async Task Disk_with_very_many_snapshots_is_refused()
    {
        var path = _disk.Write(_disk.Make("qcow2"));
        Shell.Run("sh", "-c", "for i in $(seq 60); do qemu-img snapshot -c \"$(printf '%0250d' $i | tr 0 '\\001')\" \"$0\"; done", path);
        await RefusedAsync(path, new ImageInspection(ImageFormat.Qcow2, ForeignDisk.RawBytes), "it has very many snapshots or bitmaps; leave them out");
    }

    [Fact]
    public async Task Program_that_used_up_its_time_is_told_of()
    {
        // As the kernel ends it.
        var program = Executable.Write(_disk.Write([]), "#!/bin/sh\nkill -9 $$\n");
        var path = _disk.Write(_disk.Make("qcow2"));
        var fault = await Assert.ThrowsAsync<FaultException>(() => new QemuImg(program).CheckAsync(path, ImageFormat.Qcow2, None));
        Assert.Equal((FaultCode.InvalidArgument, true), (fault.Code, fault.Message.Contains("it took more time on processors than it may", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Other_files_are_seen_and_not_opened()
    {
        var upon = _disk.File("upon.qcow2");
        Shell.Run("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", "/no/such/file", "-F", "raw", upon, "8M");
        await RefusedAsync(upon, new ImageInspection(ImageFormat.Qcow2, ForeignDisk.RawBytes), "sees a backing file in it");

        var apart = _disk.File("apart.qcow2");
        Shell.Run("qemu-img", "create", "-q", "-f", "qcow2", "-o", $"data_file={_disk.File("data")}", apart, "8M");
        await RefusedAsync(apart, new ImageInspection(ImageFormat.Qcow2, ForeignDisk.RawBytes), "sees data in another file in it");

        var secret = _disk.File("secret.qcow2");
        Shell.Run("qemu-img", "create", "-q", "--object", "secret,id=s,data=x", "-f", "qcow2", "-o", "encrypt.format=aes,encrypt.key-secret=s", secret, "8M");
        await RefusedAsync(secret, new ImageInspection(ImageFormat.Qcow2, ForeignDisk.RawBytes), "");

        var split = _disk.File("split.vmdk");
        Shell.Run("qemu-img", "create", "-q", "-f", "vmdk", "-o", "subformat=monolithicFlat", split, "8M");
        await RefusedAsync(split, new ImageInspection(ImageFormat.Vmdk, ForeignDisk.RawBytes), "sees data in another file in it");
    }

    [Fact]
    public async Task Program_that_converts_and_gets_nowhere_is_ended()
    {
        var hanging = Executable.Write(_disk.Write([]), "#!/bin/sh\nprintf '    (2.00/100%%)\\r'; exec sleep 600\n");
        var time = new ManualTime();
        var told = new TaskCompletionSource<double>();
        var converting = new QemuImg(hanging, time).ConvertAsync(
            _disk.Raw(), new ImageInspection(ImageFormat.Raw, ForeignDisk.RawBytes), _disk.File("target"), (1 << 20, 1 << 20), told.SetResult, None);
        Assert.Equal(2.0, await told.Task.WaitAsync(TimeSpan.FromSeconds(60)));
        time.Advance(TimeSpan.FromMinutes(2));
        var fault = await Assert.ThrowsAsync<FaultException>(() => converting.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(FaultCode.Timeout, fault.Code);
    }

    [Fact]
    public async Task Conversion_writes_no_more_than_it_said()
    {
        // 64 MiB are allowed beyond what was measured: a measurement that was deceived ends there.
        var raw = _disk.File("large.raw");
        var bytes = new byte[96 << 20];
        new Random(3).NextBytes(bytes);
        File.WriteAllBytes(raw, bytes);
        var target = _disk.Write([]);
        var fault = await Assert.ThrowsAsync<FaultException>(() =>
            _qemuImg.ConvertAsync(raw, new ImageInspection(ImageFormat.Raw, bytes.Length), target, (1 << 20, 1 << 20), _ => { }, None));
        Assert.Contains("could not be converted", fault.Message, StringComparison.Ordinal);
        Assert.True(new FileInfo(target).Length <= 66 << 20);
    }

    private async Task RefusedAsync(string path, ImageInspection seen, string why)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => _qemuImg.ConfirmAsync(path, seen, None));
        Assert.Equal((FaultCode.InvalidArgument, true), (fault.Code, fault.Message.Contains(why, StringComparison.Ordinal)));
    }

    public void Dispose() => _disk.Dispose();
}
