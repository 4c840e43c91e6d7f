namespace Qvmc.Images;

/// <summary>What <c>qemu-img check</c> found.</summary>
/// <param name="Corruptions">Faults that lose or mix up data; also what lies beyond the end of a file that was cut off.</param>
/// <param name="Leaks">Clusters that nothing uses: wasted space, no harm.</param>
public sealed record DiskCheck(long Corruptions, long Leaks);
