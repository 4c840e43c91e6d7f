using System.Text;

namespace Qvmc.Images.Iso;

/// <summary>
/// Rock Ridge (RRIP 1.09) in the system use fields of ISO 9660 directories: names as they are, and POSIX modes.
/// </summary>
internal static class RockRidge
{
    // stat.h: a directory 0555, a file 0400. All of them are root's: user-data holds secrets, and in the guest only
    // cloud-init, which is root, has to read them.
    private const int DirectoryMode = 0x4000 | 0x16d, FileMode = 0x8000 | 0x100;

    /// <summary>For "." of the root: SP, by which a reader knows that there are such fields, and ER, which kind.</summary>
    internal static byte[] Root { get; } = [.. Field("SP", 0xbe, 0xef, 0), .. Posix(DirectoryMode, links: 2), .. Extension("RRIP_1991A")];

    /// <summary>For "..".</summary>
    internal static byte[] Directory { get; } = Posix(DirectoryMode, links: 2);

    /// <summary>For a file.</summary>
    internal static byte[] File(string name) => [.. Posix(FileMode, links: 1), .. Field("NM", [0, .. Encoding.ASCII.GetBytes(name)])];

    private static byte[] Posix(int mode, int links)
    {
        // Mode, links, user, group.
        var numbers = new byte[32];
        IsoField.Both32(numbers, mode);
        IsoField.Both32(numbers.AsSpan(8), links);
        return Field("PX", numbers);
    }

    // Length of the id, of a description and of its source (none), version.
    private static byte[] Extension(string id) => Field("ER", [(byte)id.Length, 0, 0, 1, .. Encoding.ASCII.GetBytes(id)]);

    private static byte[] Field(string signature, params byte[] data) =>
        [(byte)signature[0], (byte)signature[1], (byte)(4 + data.Length), 1, .. data];
}
