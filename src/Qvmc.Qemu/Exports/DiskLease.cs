using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Exports;

/// <summary>The right to read a disk of a machine that has no process. While it is held, none is started.</summary>
/// <param name="order">The machine.</param>
/// <param name="disk">Which disk; null: the first one.</param>
/// <param name="giveBack">Told once that it is given back.</param>
internal sealed class DiskLease(MachineOrder order, DataDisk? disk, Action<DiskLease> giveBack) : IDisposable
{
    private readonly CancellationTokenSource _withdrawn = new();
    private int _given;

    internal MachineOrder Order { get; } = order;

    internal DataDisk? Disk { get; } = disk;

    /// <summary>Cancelled when the machine goes away.</summary>
    internal CancellationToken Withdrawn => _withdrawn.Token;

    internal void Withdraw() => _withdrawn.Cancel();

    /// <summary>The disk is read. May be repeated.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _given, 1) == 0)
        {
            giveBack(this);
        }
    }
}
