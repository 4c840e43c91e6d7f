using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Qvmc.Core.Faults;
using Qvmc.Images.Formats;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

/// <summary>
/// Images by the SHA-256 of their bytes. A file under <c>sha256/</c> is whole, checked and never changes; what is still
/// coming is under <c>partial/</c>, locked by whoever is at work on it.
/// </summary>
/// <remarks>The directory may be shared: other daemons, and QEMU as another user, read images; so it is not private.</remarks>
public sealed partial class ImageStore
{
    private const UnixFileMode ReadOnlyForAll = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly string _images;
    private readonly string _partial;
    private readonly QemuImg _qemuImg;
    private readonly ILogger _logger;
    private readonly ImageStoreLimits _limits;
    private readonly TimeProvider _time;

    /// <summary>Nothing is made or changed until an image is added.</summary>
    /// <param name="directory">Where the images are.</param>
    /// <param name="qemuImg">Checks what comes in.</param>
    /// <param name="logger">Logs what comes in and goes.</param>
    /// <param name="limits">Of sizes.</param>
    /// <param name="time">For programs that stall.</param>
    public ImageStore(string directory, QemuImg qemuImg, ILogger logger, ImageStoreLimits? limits = null, TimeProvider? time = null)
    {
        directory = Path.GetFullPath(directory);
        _images = Path.Combine(directory, "sha256");
        _partial = Path.Combine(directory, "partial");
        (_qemuImg, _logger, _limits, _time) = (qemuImg, logger, limits ?? new ImageStoreLimits(), time ?? TimeProvider.System);
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

    /// <summary>What is in an image that is here, as far as its header tells; null: nothing that could be used.</summary>
    public ImageBlob? Look(string digest)
    {
        try
        {
            using var file = OpenRead(digest);
            var seen = ImageInspection.Of(file.SafeFileHandle, ImageFormat.Unspecified, long.MaxValue);
            return seen.Format is ImageFormat.Qcow2 or ImageFormat.Iso ? new ImageBlob(digest, seen.Format, file.Length, seen.VirtualSizeBytes, seen.Format, null) : null;
        }
        catch (FaultException)
        {
            return null;
        }
    }

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

    /// <summary>An image's bytes, from the beginning; it can be sought in.</summary>
    /// <exception cref="FaultException">It is not here (NOT_FOUND).</exception>
    public FileStream OpenRead(string digest)
    {
        var path = PathOf(ImageDigest.Parse(digest));
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FaultException(FaultCode.NotFound, $"the image {digest} is not in {_images}; import or pull it again", inner: e);
        }
    }

    /// <summary>Reads an image through and compares its bytes with its name.</summary>
    /// <param name="digest"><c>sha256:...</c></param>
    /// <param name="read">Is told how many bytes were read, every few MiB and at the end.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>SOUND, DAMAGED (the disk changed it: import or pull it again), or MISSING.</returns>
    public async Task<ImageVerdict> VerifyAsync(string digest, IProgress<long>? read, CancellationToken ct)
    {
        FileStream file;
        try
        {
            file = OpenRead(digest);
        }
        catch (FaultException e) when (e.Code == FaultCode.NotFound)
        {
            return ImageVerdict.Missing;
        }

        await using var _ = file;
        return (await SumAsync(file.SafeFileHandle, read, ct)).ToString() == digest ? ImageVerdict.Sound : ImageVerdict.Damaged;
    }

    private static async Task<ImageDigest> SumAsync(SafeFileHandle file, IProgress<long>? read, CancellationToken ct)
    {
        const int reportBytes = 8 << 20, chunkBytes = 1 << 20;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[][] chunks = [new byte[chunkBytes], new byte[chunkBytes]];
        var (done, reported) = (0L, 0L);
        var count = await RandomAccess.ReadAsync(file, chunks[0], 0, ct);
        for (var turn = 0; count > 0; turn ^= 1)
        {
            // The next ones are read while these are summed.
            var coming = RandomAccess.ReadAsync(file, chunks[turn ^ 1], done + count, ct);
            hash.AppendData(chunks[turn], 0, count);
            done += count;
            count = await coming;
            if (done - reported >= reportBytes)
            {
                read?.Report(reported = done);
            }
        }

        read?.Report(done);
        return ImageDigest.Of(hash.GetHashAndReset());
    }

    private string PathOf(ImageDigest digest) => Path.Combine(_images, digest.Hex);

    [LoggerMessage(Level = LogLevel.Information, Message = "image {digest}: added, came as {format}, {size} bytes, disk of {virtualSize} bytes")]
    private static partial void Added(ILogger logger, string digest, string format, long size, long virtualSize);

    [LoggerMessage(Level = LogLevel.Information, Message = "image {digest}: was here already")]
    private static partial void Duplicate(ILogger logger, string digest);

    [LoggerMessage(Level = LogLevel.Information, Message = "image {digest}: deleted")]
    private static partial void Deleted(ILogger logger, string digest);
}
