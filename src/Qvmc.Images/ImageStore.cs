using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;

namespace Qvmc.Images;

/// <summary>
/// Images by the SHA-256 of their bytes. A file under <c>sha256/</c> is whole, checked and never changes; what is still
/// coming is under <c>partial/</c>. A file in <c>partial/</c> that nobody holds a lock on is the rest of a crash.
/// </summary>
/// <remarks>The directory may be shared: other daemons, and QEMU as another user, read images; so it is not private.</remarks>
public sealed partial class ImageStore
{
    private const UnixFileMode ReadOnlyForAll = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    // Nothing of a directory that is not ours to read.
    private static readonly EnumerationOptions IfAny = new() { IgnoreInaccessible = true };

    private readonly string _images;
    private readonly string _partial;
    private readonly QemuImg _qemuImg;
    private readonly ILogger _logger;

    /// <summary>Nothing is made or changed until an image is added.</summary>
    /// <param name="directory">Where the images are.</param>
    /// <param name="qemuImg">Checks what comes in.</param>
    /// <param name="logger">Logs what comes in and goes.</param>
    public ImageStore(string directory, QemuImg qemuImg, ILogger logger)
    {
        directory = Path.GetFullPath(directory);
        _images = Path.Combine(directory, "sha256");
        _partial = Path.Combine(directory, "partial");
        (_qemuImg, _logger) = (qemuImg, logger);
    }

    /// <summary>Absolute path of an image, or null when it is not here.</summary>
    /// <param name="digest"><c>sha256:...</c>; anything else is INVALID_ARGUMENT.</param>
    public string? Find(string digest)
    {
        var path = PathOf(ImageDigest.Parse(digest));
        return File.Exists(path) ? path : null;
    }

    /// <summary>Every image that is here, in no order.</summary>
    public IReadOnlyList<string> Digests() => !Directory.Exists(_images)
        ? []
        : [.. Directory.EnumerateFiles(_images).Select(f => "sha256:" + Path.GetFileName(f)).Where(d => ImageDigest.TryParse(d, out _))];

    /// <summary>Deletes an image; returns whether it was here. Whether somebody needs it the caller must know.</summary>
    public bool Delete(string digest)
    {
        var path = PathOf(ImageDigest.Parse(digest));
        if (!File.Exists(path))
        {
            return false;
        }

        File.Delete(path);
        Deleted(_logger, digest);
        return true;
    }

    /// <summary>Reads an image through and compares its bytes with its name.</summary>
    /// <exception cref="FaultException">It is not here (NOT_FOUND), or the disk changed it (FAILED_PRECONDITION).</exception>
    public async Task VerifyAsync(string digest, CancellationToken ct)
    {
        var path = Find(digest) ?? throw new FaultException(FaultCode.NotFound, $"the image {digest} is not in {_images}");
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        var actual = ImageDigest.Of(await SHA256.HashDataAsync(file, ct)).ToString();
        if (actual != digest)
        {
            throw new FaultException(
                FaultCode.FailedPrecondition,
                $"the image {digest} is damaged: the bytes of {path} are now {actual}; delete that file and import the image again");
        }
    }

    /// <summary>Removes what a crash left; what is still coming to another process stays. Returns how many files went.</summary>
    public int SweepPartial()
    {
        var swept = 0;
        foreach (var path in Directory.Exists(_partial) ? Directory.GetFiles(_partial, "*", IfAny) : [])
        {
            try
            {
                using (File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    File.Delete(path);
                    swept++;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Locked: it is being written. Or its writer has just renamed or deleted it. Or it is another user's.
            }
        }

        if (swept > 0)
        {
            Swept(_logger, _partial, swept);
        }

        return swept;
    }

    private string PathOf(ImageDigest digest) => Path.Combine(_images, digest.Hex);

    [LoggerMessage(Level = LogLevel.Information, Message = "image {digest}: added, {format}, {size} bytes, disk of {virtualSize} bytes")]
    private static partial void Added(ILogger logger, string digest, string format, long size, long virtualSize);

    [LoggerMessage(Level = LogLevel.Information, Message = "image {digest}: was here already")]
    private static partial void Duplicate(ILogger logger, string digest);

    [LoggerMessage(Level = LogLevel.Information, Message = "image {digest}: deleted")]
    private static partial void Deleted(ILogger logger, string digest);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{directory}: removed {count} unfinished images")]
    private static partial void Swept(ILogger logger, string directory, int count);
}
