namespace Qvmc.Qemu.Machines;

/// <summary>
/// A place among the machines that are started at the same time. It is given back early by a start that only waits, so
/// that machines whose QEMU does not answer hold up no other.
/// </summary>
internal sealed class StartSlot : IDisposable
{
    private readonly SemaphoreSlim _slots;
    private int _released;

    private StartSlot(SemaphoreSlim slots) => _slots = slots;

    /// <summary>Waits for one.</summary>
    internal static async Task<StartSlot> TakeAsync(SemaphoreSlim slots, CancellationToken ct)
    {
        await slots.WaitAsync(ct);
        return new StartSlot(slots);
    }

    /// <summary>Gives it back, once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            _slots.Release();
        }
    }
}
