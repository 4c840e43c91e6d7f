using Qvmc.Core.Faults;

namespace Qvmc.Images.Tools;

/// <summary>Room on file systems, and what its lack looks like.</summary>
internal static class Disk
{
    // errno-base.h, asm-generic/errno.h; .NET hands errno through in HResult.
    private const int NoSpace = 28;
    private static readonly int Quota = OperatingSystem.IsMacOS() ? 69 : 122;

    internal static bool IsFull(IOException e) => e.HResult == NoSpace || e.HResult == Quota;

    /// <summary>A relative path with a colon would be taken for a protocol by QEMU and its tools.</summary>
    /// <exception cref="ArgumentException">It is relative.</exception>
    internal static void CheckAbsolute(string path)
    {
        if (!Path.IsPathFullyQualified(path))
        {
            throw new ArgumentException($"not an absolute path: {path}", nameof(path));
        }
    }

    internal static long Free(string directory) => new DriveInfo(directory).AvailableFreeSpace;

    /// <summary>A fault that says how much room there is, and how much it takes when that is known.</summary>
    internal static FaultException Full(string what, string directory, long? needed, Exception? inner = null, bool atLeast = false) => new(
        FaultCode.ResourceExhausted,
        (needed is { } bytes ? $"{what} needs {(atLeast ? "at least " : "")}{Size(bytes)}, and" : $"{what} needs more room:")
        + $" the file system of {directory} has {Size(Free(directory))} free; make room there and try again",
        inner: inner);

    /// <summary>For people: <c>1.5 GiB</c>.</summary>
    internal static string Size(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{bytes / (double)(1L << 30):0.#} GiB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):0.#} MiB",
        _ => $"{bytes} bytes",
    };
}
