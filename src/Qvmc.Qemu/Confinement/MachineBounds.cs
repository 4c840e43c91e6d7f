namespace Qvmc.Qemu.Confinement;

/// <summary>What a machine's QEMU may take of the host.</summary>
/// <param name="GuestMib">The guest's memory.</param>
/// <param name="Cpus">Its processors.</param>
/// <param name="TcgCacheMib">Translation cache; 0: none.</param>
public sealed record MachineBounds(uint GuestMib, uint Cpus, uint TcgCacheMib)
{
    // QEMU's own code, heaps, device models, disk caches and a thread's stacks: about 60 MiB of a small machine (measured),
    // more with many disks; and what grows with the guest, such as page tables and dirty maps.
    private const long BaseMib = 384, SpareMib = 512, GuestPart = 32;

    // Threads: one a processor, a few of QEMU's own, up to 64 workers of the disks and as many of the network.
    private const int Threads = 256, ThreadsPerCpu = 4;
    private const uint CpuWeight = 100, MaxCpuWeight = 10_000;

    /// <summary>
    /// Where the kernel begins to take memory back, at first the page cache that the machine's disks fill: above all that
    /// QEMU needs.
    /// </summary>
    public long HighBytes => (GuestMib + TcgCacheMib + BaseMib + (GuestMib / GuestPart)) << 20;

    /// <summary>Where QEMU is killed: something is wrong with it.</summary>
    public long MaxBytes => HighBytes + (SpareMib << 20);

    /// <summary>Controller, file and value.</summary>
    internal IEnumerable<(string Controller, string File, long Value)> Settings =>
    [
        ("memory", "memory.high", HighBytes),
        ("memory", "memory.max", MaxBytes),
        ("cpu", "cpu.weight", Math.Min(MaxCpuWeight, CpuWeight * Cpus)),
        ("pids", "pids.max", Threads + ((long)ThreadsPerCpu * Cpus)),
    ];
}
