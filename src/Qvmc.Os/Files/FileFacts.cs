using Qvmc.Os.Darwin;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Files;

/// <summary>What .NET does not tell of a file.</summary>
/// <param name="Mode">Its type and permissions.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="GroupId">And which group's.</param>
/// <param name="Blocks">What it takes, in blocks of 512 bytes.</param>
internal readonly record struct FileFacts(ushort Mode, uint UserId, uint GroupId, long Blocks)
{
    private const int TypeMask = 0xF000, Directory = 0x4000, OthersWrite = 0x12;

    internal bool IsDirectory => (Mode & TypeMask) == Directory;

    internal bool OthersMayWrite => (Mode & OthersWrite) != 0;

    /// <summary>Of a file or directory; of a link itself, never of what it leads to. Null: the errno says why.</summary>
    internal static FileFacts? Of(string path) => OperatingSystem.IsMacOS() ? FileStat.Of(path) : LibC.StatOf(path);
}
