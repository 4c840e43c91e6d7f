using System.Security.Cryptography;
using System.Text;

namespace Qvmc.Fuzz.Tests.Engine;

/// <summary>
/// Inputs in files: NAME.txt as it is, NAME.hex in hexadecimal digits with <c>#</c> before remarks. Those that once broke
/// something are called regression-*.
/// </summary>
internal static class Corpus
{
    public static IReadOnlyList<(string File, byte[] Input)> Load(string directory) => !Directory.Exists(directory) ? [] :
    [
        .. Directory.GetFiles(directory).Order(StringComparer.Ordinal).Select(file => (Path.GetFileName(file), Read(file))),
    ];

    public static byte[] Read(string file) => Path.GetExtension(file) == ".hex"
        ? Convert.FromHexString(string.Concat(File.ReadLines(file).Select(line => line.Split('#')[0].Replace(" ", "", StringComparison.Ordinal))))
        : File.ReadAllBytes(file);

    /// <summary>Writes an input under a name that its bytes determine; the path.</summary>
    public static string Write(string directory, string kind, byte[] input)
    {
        Directory.CreateDirectory(directory);
        var name = Path.Combine(directory, $"{kind}-{Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 6))}");
        if (IsPlain(input))
        {
            File.WriteAllBytes(name + ".txt", input);
            return name + ".txt";
        }

        File.WriteAllLines(name + ".hex", input.Chunk(32).Select(Convert.ToHexStringLower));
        return name + ".hex";
    }

    // What editors and git leave as it is.
    private static bool IsPlain(byte[] input) =>
        Array.TrueForAll(input, b => b is >= 0x20 and not 0x7F or (byte)'\n') && Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(input)).AsSpan().SequenceEqual(input)
        && input is [.., (byte)'\n'] && !Encoding.UTF8.GetString(input).Split('\n').Any(line => line.EndsWith(' '));
}
