using System.Runtime.InteropServices;
using Qvmc.Os.Files;

namespace Qvmc.Os.Darwin;

/// <summary>struct stat with 64-bit inodes (sys/stat.h, __DARWIN_STRUCT_STAT64); times are seconds and nanoseconds.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FileStat
{
    internal int Device;
    internal ushort Mode;
    internal ushort Links;
    internal ulong Inode;
    internal uint UserId;
    internal uint GroupId;
    internal int RawDevice;
    internal fixed long Times[8];
    internal long Size;
    internal long Blocks;
    internal int BlockSize;
    internal uint Flags;
    internal uint Generation;
    internal int Spare;
    internal fixed long Spares[2];

    /// <summary>Of a file or directory; of a link itself. Null: the errno says why.</summary>
    internal static FileFacts? Of(string path)
    {
        FileStat stat;
        var result = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? LibSystem.LStatOnIntel(path, &stat) : LibSystem.LStat(path, &stat);
        return result == 0 ? new FileFacts(stat.Mode, stat.UserId, stat.GroupId, stat.Blocks) : null;
    }
}
