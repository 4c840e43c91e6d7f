using System.Buffers.Binary;
using System.Diagnostics;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>A disk whose tables are damaged, under the real QEMU.</summary>
public sealed class DamagedDiskTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private const int L1Offset = 40, RefcountTableOffset = 48;

    [Fact]
    public async Task AWriteThatWouldDamageItMoreEndsTheMachineUntilItIsRepaired()
    {
        var order = fixture.Order();
        await fixture.Table.EnsureAsync(order);
        await fixture.WaitAsync(order.Uid, State.Paused);
        await NextAsync(order, o => o.Spec.Power = PowerState.Stopped);
        await fixture.WaitAsync(order.Uid, State.Stopped);
        var disk = fixture.Host.PathsOf(order.Uid).Disk;
        await RunAsync("qemu-io", "-f", "qcow2", "-c", "write -P 1 0 64k", disk);
        PointIntoTables(disk);

        await NextAsync(order, o => (o.Spec.Power, o.Boot) = (PowerState.Paused, 2));
        await fixture.WaitAsync(order.Uid, State.Paused);

        // What a guest's write does, by the device's own way to the disk.
        try
        {
            await fixture.Table.Get(order.Uid).Session!.HumanCommandAsync("qemu-io -d /machine/peripheral/disk-dev0/virtio-backend \"write -P 2 0 64k\"", CancellationToken.None);
        }
        catch (Exception e) when (e is QmpException or IOException)
        {
            // It may be ended before it answers.
        }

        var failed = await fixture.WaitAsync(order.Uid, State.Failed);
        Assert.Equal("DiskCorrupted", failed.LastError.Reason);
        Assert.Contains("the first disk: Preventing invalid write on", failed.LastError.Message, StringComparison.Ordinal);
        Assert.Contains($"qemu-img check -r all {disk}", failed.LastError.Message, StringComparison.Ordinal);

        await NextAsync(order, o => o.Boot = 3);
        var refused = await fixture.WaitAsync(order.Uid, s => s.State == State.Failed && s.LastError.Message.Contains("is marked as damaged", StringComparison.Ordinal));
        Assert.Contains("qemu-img check -r all", refused.LastError.Message, StringComparison.Ordinal);

        // The advice is good.
        await RunAsync("qemu-img", "check", "-q", "-r", "all", disk);
        await NextAsync(order, o => o.Boot = 4);
        await fixture.WaitAsync(order.Uid, State.Paused);
    }

    // The first cluster of the disk is said to be where the refcount table is.
    private static void PointIntoTables(string disk)
    {
        using var file = File.OpenHandle(disk, access: FileAccess.ReadWrite);
        var l1 = Read(file, L1Offset);
        var l2 = Read(file, (long)l1) & 0x00ff_ffff_ffff_fe00;
        Span<byte> entry = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(entry, Read(file, RefcountTableOffset) | (1UL << 63));
        RandomAccess.Write(file, entry, (long)l2);
    }

    private static ulong Read(Microsoft.Win32.SafeHandles.SafeFileHandle file, long offset)
    {
        Span<byte> bytes = stackalloc byte[8];
        Assert.Equal(8, RandomAccess.Read(file, bytes, offset));
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    private async Task NextAsync(MachineOrder order, Action<MachineOrder> change)
    {
        order.Generation++;
        change(order);
        await fixture.Table.EnsureAsync(order.Clone());
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + errors);
    }
}
