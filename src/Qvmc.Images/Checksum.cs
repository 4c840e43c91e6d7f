using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Qvmc.Core.Faults;

namespace Qvmc.Images;

/// <summary>What a publisher says of a file's bytes: <c>sha256:</c> or <c>sha512:</c> and lowercase hexadecimal digits.</summary>
public readonly record struct Checksum
{
    private Checksum(HashAlgorithmName algorithm, string hex) => (Algorithm, Hex) = (algorithm, hex);

    /// <summary>SHA-256 or SHA-512.</summary>
    public HashAlgorithmName Algorithm { get; }

    /// <summary>64 or 128 digits.</summary>
    public string Hex { get; }

    /// <summary>Whether <paramref name="text"/> is a checksum; digits may be in capitals.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Checksum checksum)
    {
        checksum = default;
        var (name, hex) = text?.Split(':', 2) is [var prefix, var digits] ? (prefix, digits.ToLowerInvariant()) : ("", "");
        var algorithm = (name, hex.Length) switch
        {
            ("sha256", 64) => HashAlgorithmName.SHA256,
            ("sha512", 128) => HashAlgorithmName.SHA512,
            _ => default,
        };
        if (algorithm == default || hex.AsSpan().ContainsAnyExcept("0123456789abcdef"))
        {
            return false;
        }

        checksum = new Checksum(algorithm, hex);
        return true;
    }

    /// <summary>The checksum, or an INVALID_ARGUMENT that says what one looks like.</summary>
    public static Checksum Parse(string text) => TryParse(text, out var checksum)
        ? checksum
        : throw new FaultException(
            FaultCode.InvalidArgument,
            $"\"{text}\" is not a checksum; one is \"sha256:\" and 64, or \"sha512:\" and 128 of 0-9 and a-f, as sha256sum and sha512sum print them");

    /// <summary>The checksum of a hash that was computed.</summary>
    public static Checksum Of(HashAlgorithmName algorithm, ReadOnlySpan<byte> hash) => new(algorithm, Convert.ToHexStringLower(hash));

    /// <summary><c>sha256:...</c></summary>
    public override string ToString() => $"{Algorithm.Name!.ToLowerInvariant()}:{Hex}";
}
