using System.Diagnostics.CodeAnalysis;
using Qvmc.Core.Faults;

namespace Qvmc.Images;

/// <summary>
/// The SHA-256 of an image's bytes: <c>sha256:</c> and 64 lowercase hexadecimal digits. Nothing else becomes the name
/// of a file in the store, so a digest can't lead out of it.
/// </summary>
public readonly record struct ImageDigest
{
    private const string Algorithm = "sha256:";
    private const int HexLength = 64;

    private ImageDigest(string hex) => Hex = hex;

    /// <summary>The 64 digits.</summary>
    public string Hex { get; }

    /// <summary>Whether <paramref name="text"/> is a digest.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ImageDigest digest)
    {
        digest = default;
        if (text is not { Length: 71 } || !text.StartsWith(Algorithm, StringComparison.Ordinal)
            || text.AsSpan(Algorithm.Length).ContainsAnyExcept("0123456789abcdef"))
        {
            return false;
        }

        digest = new ImageDigest(text[Algorithm.Length..]);
        return true;
    }

    /// <summary>The digest, or an INVALID_ARGUMENT that says what one looks like.</summary>
    public static ImageDigest Parse(string text) => TryParse(text, out var digest)
        ? digest
        : throw new FaultException(
            FaultCode.InvalidArgument,
            $"\"{text}\" is not a digest; one is \"{Algorithm}\" and {HexLength} of 0-9 and a-f, as sha256sum prints them");

    internal static ImageDigest Of(ReadOnlySpan<byte> sha256) => new(Convert.ToHexStringLower(sha256));

    /// <summary><c>sha256:...</c></summary>
    public override string ToString() => Algorithm + Hex;
}
