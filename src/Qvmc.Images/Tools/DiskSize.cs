using Qvmc.Core.Faults;
using Qvmc.Images.Formats;

namespace Qvmc.Images.Tools;

/// <summary>Sizes that a disk can have.</summary>
internal static class DiskSize
{
    /// <exception cref="FaultException">INVALID_ARGUMENT: none can have this.</exception>
    internal static void Check(long sizeBytes)
    {
        if (sizeBytes < 0 || sizeBytes % DiskHeader.Sector != 0 || sizeBytes > DiskHeader.MaxBytes)
        {
            throw new FaultException(
                FaultCode.InvalidArgument,
                $"a disk can't have {sizeBytes} bytes; its size is a multiple of {DiskHeader.Sector} and at most {Disk.Size(DiskHeader.MaxBytes)}");
        }
    }
}
