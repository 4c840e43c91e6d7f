using System.Diagnostics;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Exports;
using Qvmc.Qemu.Tests.Machines;

namespace Qvmc.Qemu.Tests.Exports;

/// <summary>Disks that are read by the real qemu-img.</summary>
public sealed class DiskExportTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task TheFirstDiskComesWithAllThatItLiesUpon()
    {
        var order = await StoppedAsync();
        await ExportAsync(order, new() { Format = ImageFormat.Raw });
        await WriteAsync(fixture.Host.PathsOf(order.Uid).Disk, "write -P 0x5a 1M 64k");
        var (header, raw) = await ExportAsync(order, new() { Format = ImageFormat.Raw });
        Assert.Equal((2UL << 20, 2UL << 20, ImageFormat.Raw), (header.SizeBytes, header.VirtualSizeBytes, header.Format));
        Assert.Equal(2 << 20, raw.Length);
        Assert.All(raw[(1 << 20)..((1 << 20) + (64 << 10))], b => Assert.Equal(0x5a, b));

        foreach (var compress in new[] { false, true })
        {
            var (told, bytes) = await ExportAsync(order, new() { Compress = compress });
            Assert.Equal((ImageFormat.Qcow2, 2UL << 20), (told.Format, told.VirtualSizeBytes));
            var path = Path.Combine(fixture.Root, $"copy-{compress}.qcow2");
            await File.WriteAllBytesAsync(path, bytes);
            Assert.Null((await fixture.Host.QemuImg.InfoAsync(path, ImageFormat.Qcow2, CancellationToken.None)).BackingFile);
            await RunAsync("qemu-img", "compare", "-f", "qcow2", path, fixture.Host.PathsOf(order.Uid).Disk, "-F", "qcow2");
        }
    }

    [Fact]
    public async Task ADataDiskIsAsItWouldBeAtTheNextStart()
    {
        var order = await StoppedAsync(o => o.Spec.DataDisks.Add(new DataDisk { Name = "logs", SizeMib = 3, Generation = 1, Detached = true }));
        Assert.Equal(3 << 20, (await ExportAsync(order, new() { Disk = "logs", Format = ImageFormat.Raw })).Bytes.Length);
        var missing = await Assert.ThrowsAsync<FaultException>(() => ExportAsync(order, new() { Disk = "other" }));
        Assert.Equal(FaultCode.NotFound, missing.Code);
    }

    [Fact]
    public async Task AMachineWithAProcessIsRefused()
    {
        var order = fixture.Order();
        await fixture.Table.EnsureAsync(order);
        await fixture.WaitAsync(order.Uid, State.Paused);
        var refused = await Assert.ThrowsAsync<FaultException>(() => ExportAsync(order, new()));
        Assert.Equal(FaultCode.FailedPrecondition, refused.Code);
        Assert.Contains("stop it first", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AStartWaitsUntilTheDiskIsReadAndARemovalDoesNot()
    {
        var order = await StoppedAsync();
        var lease = await fixture.Table.Get(order.Uid).LeaseAsync("");
        order.Generation++;
        (order.Spec.Power, order.Boot) = (PowerState.Paused, 1);
        await fixture.Table.EnsureAsync(order.Clone());
        await fixture.WaitAsync(order.Uid, s => s is { State: State.Starting, Stage: Stage.Disk });

        // In that time another one starts altogether.
        var meanwhile = fixture.Order();
        await fixture.Table.EnsureAsync(meanwhile);
        await fixture.WaitAsync(meanwhile.Uid, State.Paused);
        var status = fixture.Host.Feed.Find(order.Uid)!.Status;
        Assert.Equal((State.Starting, Stage.Disk, 0), (status.State, status.Stage, status.Pid));
        lease.Dispose();
        await fixture.WaitAsync(order.Uid, State.Paused);

        var other = await StoppedAsync();
        var held = await fixture.Table.Get(other.Uid).LeaseAsync("");
        using var onWithdrawal = held.Withdrawn.Register(held.Dispose);
        await fixture.Table.RemoveAsync(other.Uid, force: false).WaitAsync(Limit);
    }

    [Fact]
    public async Task ADiskThatIsRemovedWhileItIsReadIsNotMadeAgain()
    {
        var order = await StoppedAsync(o => o.Spec.DataDisks.Add(new DataDisk { Name = "gone", SizeMib = 3, Generation = 1 }));
        var disk = order.Spec.DataDisks[0];
        using var lease = await fixture.Table.Get(order.Uid).LeaseAsync("gone");
        order.Generation++;
        order.Spec.DataDisks.Clear();
        order.RemovedDisks.Add(disk);
        await fixture.Table.EnsureAsync(order.Clone());
        await File.WriteAllTextAsync(fixture.Host.PathsOf(order.Uid).DataDisk(disk), "made by who reads it");
        lease.Dispose();
        using var next = await fixture.Table.Get(order.Uid).LeaseAsync("").WaitAsync(Limit);
        Assert.False(File.Exists(fixture.Host.PathsOf(order.Uid).DataDisk(disk)));
    }

    [Fact]
    public async Task WhoGoesAwayLeavesNothing()
    {
        var order = await StoppedAsync(o => o.Spec.DataDisks.Add(new DataDisk { Name = "big", SizeMib = 512, Generation = 1 }));
        await ExportAsync(order, new() { Disk = "big" });
        var paths = fixture.Host.PathsOf(order.Uid);
        var disk = paths.DataDisk(order.Spec.DataDisks[0]);
        await WriteAsync(disk, "write -P 0x5a 0 256M");
        var files = Directory.GetFileSystemEntries(paths.Directory);
        using var gone = new CancellationTokenSource();
        var request = new ExportDiskRequest { Uid = order.Uid, Disk = "big", Compress = true };
        var export = new DiskExporter(fixture.Host).SendAsync(fixture.Table.Get(order.Uid), request, _ => gone.CancelAsync(), gone.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => export.WaitAsync(Limit));
        Assert.Equal(files.Order(), Directory.GetFileSystemEntries(paths.Directory).Order());
        Assert.DoesNotContain(Directory.GetDirectories("/proc"), d => CommandLine(d).Contains(disk, StringComparison.Ordinal));

        // It can be read again at once, and the machine can start.
        using var again = await fixture.Table.Get(order.Uid).LeaseAsync("big").WaitAsync(Limit);
    }

    private async Task<MachineOrder> StoppedAsync(Action<MachineOrder>? change = null)
    {
        var order = fixture.Order(PowerState.Stopped, boot: 0);
        change?.Invoke(order);
        await fixture.Table.EnsureAsync(order.Clone());
        return order;
    }

    private async Task<(DiskExport Header, byte[] Bytes)> ExportAsync(MachineOrder order, ExportDiskRequest request)
    {
        request.Uid = order.Uid;
        DiskExport? header = null;
        using var bytes = new MemoryStream();
        await new DiskExporter(fixture.Host).SendAsync(fixture.Table.Get(order.Uid), request, Take, CancellationToken.None).WaitAsync(Limit);
        Assert.Equal(header!.SizeBytes, (ulong)bytes.Length);
        return (header, bytes.ToArray());

        Task Take(ExportDiskResponse response)
        {
            header ??= response.Header;
            Assert.True(response.PartCase != ExportDiskResponse.PartOneofCase.Chunk || header is not null, "bytes before the header");
            bytes.Write(response.Chunk.Span);
            return Task.CompletedTask;
        }
    }

    private static Task WriteAsync(string disk, string command) => RunAsync("qemu-io", "-f", "qcow2", "-c", command, disk);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {said}");
    }

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
