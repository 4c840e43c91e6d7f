using Qvmc.Core.Instances;

namespace Qvmc.Qemu.Machines;

/// <summary>The room of the file system that machines' disks are on.</summary>
/// <param name="FreeBytes">What may still be written.</param>
/// <param name="TotalBytes">Its size.</param>
public readonly record struct DiskRoom(long FreeBytes, long TotalBytes)
{
    private const long Enough = 64 << 20;
    private const int EnoughShare = 10;

    /// <summary>How much must be free before machines that stand still for want of room go on by themselves: with a few pages they would soon stand still again.</summary>
    public long NeededBytes => Math.Min(Enough, TotalBytes / EnoughShare);

    /// <summary>Machines may go on.</summary>
    public bool IsEnough => FreeBytes > 0 && FreeBytes >= NeededBytes;

    /// <summary>The room where a directory lies.</summary>
    /// <exception cref="IOException">It can't be found out.</exception>
    public static DiskRoom Of(string directory)
    {
        var drive = new DriveInfo(directory);
        return new DiskRoom(drive.AvailableFreeSpace, drive.TotalSize);
    }

    /// <summary>What a user is told of a machine that stands still for want of it.</summary>
    internal string Advice(string directory, string name) =>
        $"the host has no room in {directory} for what the guest writes, so the guest stands still and nothing is lost; make room there: with {Math.Max(1, NeededBytes >> 20)} MiB free it goes on by itself, and with any at once by \"qvmc resume {Shown.Quote(name).Trim('"')}\"";
}
