using Qvmc.Core.Faults;
using Qvmc.Images.Formats;

namespace Qvmc.Images;

/// <summary>A machine's own disk: a qcow2 file that we made.</summary>
public static partial class OverlayFile
{
    /// <summary>
    /// The size that the guest sees, in bytes, or null when there is no such file. Read from the header rather than by
    /// a run of qemu-img.
    /// </summary>
    /// <exception cref="FaultException">FAILED_PRECONDITION: there is a file, and it is no qcow2 disk.</exception>
    public static long? VirtualSize(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        return Header(path) is { } header
            ? (long)header.Size
            : throw new FaultException(
                FaultCode.FailedPrecondition,
                $"{path} is there but is no qcow2 disk: it was damaged or replaced; put it back from a backup, or delete the instance");
    }

    /// <summary>Whether QEMU has marked it as damaged: it opens it for reading only, until it is repaired.</summary>
    public static bool IsCorrupt(string path) => File.Exists(path) && Header(path) is { } header && header.Incompatible.HasFlag(Qcow2Features.Corrupt);

    private static Qcow2Header? Header(string path)
    {
        Span<byte> start = stackalloc byte[Qcow2Header.Length];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length ? Qcow2Header.Read(start) : null;
    }
}
