using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Formats;

/// <summary>Sizes of disks, read by us: a few hundred bytes instead of a process.</summary>
internal static class DiskHeader
{
    /// <summary>Sizes of disks are multiples of this.</summary>
    internal const int Sector = 512;

    /// <summary>64 TiB: the largest disk an instance may ask for.</summary>
    internal const long MaxBytes = 64L << 40;

    /// <summary>Size that a guest sees.</summary>
    /// <exception cref="FaultException">The file is missing, or not of that format.</exception>
    internal static long VirtualSize(string path, ImageFormat format)
    {
        try
        {
            using var file = File.OpenHandle(path);
            if (format == ImageFormat.Raw)
            {
                return RandomAccess.GetLength(file);
            }

            var bytes = new byte[Qcow2Header.Length];
            var header = Qcow2Header.Read(bytes.AsSpan(0, RandomAccess.Read(file, bytes, 0)));
            return header is { Size: > 0 } ? (long)header.Size : throw new FaultException(FaultCode.FailedPrecondition, $"{path} is not a qcow2 file");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FaultException(FaultCode.NotFound, $"there is no file {path}", inner: e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new FaultException(FaultCode.PermissionDenied, $"{path} can't be read: {e.Message}", inner: e);
        }
    }
}
