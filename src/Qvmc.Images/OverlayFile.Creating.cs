using System.Text;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Images.Formats;
using Qvmc.Images.Tools;
using Qvmc.Os.Files;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

/// <summary>
/// Makes them, without a program: an empty one is a few hundred bytes. The base's format is always told: guessing would let
/// the bytes of a raw disk name files of the host.
/// </summary>
public static partial class OverlayFile
{
    /// <summary>
    /// Makes an overlay on an immutable base. It appears under its name when it is complete and on the disk; one that was
    /// there is replaced.
    /// </summary>
    /// <param name="path">Where. Absolute.</param>
    /// <param name="basePath">The base, as the overlay's header will name it. Absolute.</param>
    /// <param name="baseFormat">Its format.</param>
    /// <param name="sizeBytes">Size of the disk; 0: the base's. A multiple of 512, no smaller than the base's.</param>
    /// <param name="owner">Whose it is to be; null: ours. Only root can name another.</param>
    /// <exception cref="FaultException">The base is missing, the size is refused, or there is no room.</exception>
    public static void Create(string path, string basePath, ImageFormat baseFormat, long sizeBytes, ToolUser? owner = null)
    {
        Disk.CheckAbsolute(basePath);
        DiskSize.Check(sizeBytes);
        var baseSize = DiskHeader.VirtualSize(basePath, baseFormat);
        if (sizeBytes != 0 && sizeBytes < baseSize)
        {
            throw new FaultException(
                FaultCode.InvalidArgument,
                $"a disk of {Disk.Size(sizeBytes)} is smaller than its image, which has {Disk.Size(baseSize)}; ask for at least {baseSize >> 20} MiB");
        }

        if (Encoding.UTF8.GetByteCount(basePath) > Qcow2Blank.LongestBase)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"{basePath} is too long for an overlay to name it: {Qcow2Blank.LongestBase} bytes are allowed; keep images in a directory with a shorter path");
        }

        Create(path, Qcow2Blank.Of(sizeBytes == 0 ? baseSize : sizeBytes, (basePath, ImageFormats.Name(baseFormat))), owner);
    }

    /// <summary>Makes an empty disk, which takes room only as it is written to; it appears as above.</summary>
    /// <param name="path">Where. Absolute.</param>
    /// <param name="sizeBytes">Its size, a multiple of 512.</param>
    /// <param name="owner">Whose it is to be; null: ours. Only root can name another.</param>
    /// <exception cref="FaultException">The size is refused, or there is no room.</exception>
    public static void CreateEmpty(string path, long sizeBytes, ToolUser? owner = null)
    {
        DiskSize.Check(sizeBytes);
        Create(path, Qcow2Blank.Of(sizeBytes, null), owner);
    }

    private static void Create(string path, Qcow2Blank disk, ToolUser? owner)
    {
        Disk.CheckAbsolute(path);
        var directory = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(directory))
        {
            throw new FaultException(FaultCode.NotFound, $"there is no directory {directory} for the disk");
        }

        var partial = path + ".partial";
        File.Delete(partial);
        try
        {
            Write(partial, disk);
            if (owner is not null)
            {
                FileOwner.Change(partial, owner.UserId, owner.GroupId);
            }

            FaultPoint.Reach(FaultStep.DiskWritten);
            File.Move(partial, path, overwrite: true);
            DurableDirectory.Sync(directory);
        }
        catch (IOException e) when (Disk.IsFull(e))
        {
            throw Disk.Full($"the disk {path}", directory, needed: null, e);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static void Write(string path, Qcow2Blank disk)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.SetLength(disk.Length);
        foreach (var (offset, bytes) in disk.Parts)
        {
            RandomAccess.Write(file.SafeFileHandle, bytes, offset);
        }

        RandomAccess.FlushToDisk(file.SafeFileHandle);
    }
}
