using System.Security.Cryptography;

namespace Qvmc.Images.Intake;

/// <summary>SHA-256 of bytes, which names files in the store, and SHA-512 too when a publisher counts by that.</summary>
internal sealed class ByteSums(Checksum? expected) : IDisposable
{
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash? _other =
        expected is { } checksum && checksum.Algorithm != HashAlgorithmName.SHA256 ? IncrementalHash.CreateHash(checksum.Algorithm) : null;

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        _sha256.AppendData(bytes);
        _other?.AppendData(bytes);
    }

    /// <summary>Ends the sums: the digest of the bytes, and their checksum by the algorithm that was expected, else SHA-256.</summary>
    internal (ImageDigest Digest, Checksum Checksum) End()
    {
        var sha256 = _sha256.GetHashAndReset();
        return (ImageDigest.Of(sha256), _other is null ? Checksum.Of(HashAlgorithmName.SHA256, sha256) : Checksum.Of(_other.AlgorithmName, _other.GetHashAndReset()));
    }

    public void Dispose()
    {
        _sha256.Dispose();
        _other?.Dispose();
    }
}
