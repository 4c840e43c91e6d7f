using System.Buffers.Binary;
using System.Text;

namespace Qvmc.Os.Darwin;

/// <summary>
/// What KERN_PROCARGS2 tells (sysctl(3); bsd/kern/kern_sysctl.c): the number of arguments, the program's path, NULs up to
/// a whole word, the arguments, the environment. A process may have written over all but the number.
/// </summary>
internal static class ArgumentArea
{
    /// <summary>The arguments; fewer than there were if the area is damaged.</summary>
    internal static IReadOnlyList<string> Parse(ReadOnlySpan<byte> area)
    {
        var arguments = new List<string>();
        if (area.Length < sizeof(int))
        {
            return arguments;
        }

        var count = BinaryPrimitives.ReadInt32LittleEndian(area);
        var rest = area[sizeof(int)..];
        var path = rest.IndexOf((byte)0);
        rest = path < 0 ? [] : rest[path..].TrimStart((byte)0);
        while (arguments.Count < count && rest.IndexOf((byte)0) is >= 0 and var end)
        {
            arguments.Add(Encoding.UTF8.GetString(rest[..end]));
            rest = rest[(end + 1)..];
        }

        return arguments;
    }
}
