using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Qvmc.Core.Faults;
using Qvmc.Images.Formats;
using Qvmc.Images.Tools;
using Qvmc.Os.Files;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

// How an image comes in: bytes to a partial file, hashed on the way; checked; made durable; renamed to its digest.
public sealed partial class ImageStore
{
    private const int ChunkBytes = 256 << 10;

    /// <summary>
    /// Takes an image in. When it returns, the image is whole, checked and on the disk; when it throws, or the process
    /// dies, there is none. The same bytes again cost no room.
    /// </summary>
    /// <param name="source">Its bytes, read to the end.</param>
    /// <param name="expectation">What the sender says of it.</param>
    /// <param name="ct">Gives up; nothing is left.</param>
    /// <exception cref="FaultException">
    /// Not as announced, not an image, or not allowed in (INVALID_ARGUMENT); no room (RESOURCE_EXHAUSTED); qemu-img is
    /// missing (FAILED_PRECONDITION).
    /// </exception>
    public async Task<ImageBlob> AddAsync(Stream source, ImageExpectation expectation, CancellationToken ct)
    {
        var expected = string.IsNullOrEmpty(expectation.Digest) ? (ImageDigest?)null : ImageDigest.Parse(expectation.Digest);
        Directory.CreateDirectory(_images);
        Directory.CreateDirectory(_partial, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        CheckRoom(expectation.SizeBytes);
        var partial = Path.Combine(_partial, Guid.NewGuid().ToString("n"));

        // The lock (FileShare.None) tells a sweep that somebody is at work.
        using var file = File.OpenHandle(partial, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
        try
        {
            var (digest, size) = await CopyAsync(source, file, expectation.SizeBytes, ct);
            if (expected is { } wanted && wanted != digest)
            {
                throw ImageInspection.Refused($"its SHA-256 is {digest} and should be {wanted}; fetch it again, or correct the digest");
            }

            var blob = await InspectAsync(partial, file, digest, size, expectation.Format, ct);
            Keep(partial, file, digest, blob);
            return blob;
        }
        catch (IOException e) when (Disk.IsFull(e))
        {
            throw Disk.Full("the image", _partial, expectation.SizeBytes, e);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private void CheckRoom(long? sizeBytes)
    {
        if (sizeBytes is { } size)
        {
            if (size <= 0)
            {
                throw ImageInspection.Refused($"its announced size is {size} bytes");
            }

            if (size > Disk.Free(_partial))
            {
                throw Disk.Full("the image", _partial, size);
            }
        }
    }

    // Blocks of zeros become holes: a raw disk is mostly that.
    private static async Task<(ImageDigest Digest, long Size)> CopyAsync(Stream source, SafeFileHandle file, long? expectedSize, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var chunk = new byte[ChunkBytes];
        var size = 0L;
        int count;
        while ((count = await source.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, ct)) > 0)
        {
            if (size + count > (expectedSize ?? long.MaxValue))
            {
                throw ImageInspection.Refused($"it has more than the {expectedSize} bytes that were announced");
            }

            var bytes = chunk.AsMemory(0, count);
            var writing = bytes.Span.ContainsAnyExcept((byte)0) ? RandomAccess.WriteAsync(file, bytes, size, ct) : ValueTask.CompletedTask;
            hash.AppendData(bytes.Span);
            await writing;
            size += count;
        }

        if (size != (expectedSize ?? size))
        {
            throw ImageInspection.Refused($"it has {size} bytes, and {expectedSize} were announced: it broke off on the way; send it again");
        }

        RandomAccess.SetLength(file, size);
        return (ImageDigest.Of(hash.GetHashAndReset()), size);
    }

    private async Task<ImageBlob> InspectAsync(string path, SafeFileHandle file, ImageDigest digest, long size, ImageFormat told, CancellationToken ct)
    {
        var seen = ImageInspection.Of(file, told);
        if (seen.Format == ImageFormat.Qcow2)
        {
            var check = await _qemuImg.CheckAsync(path, ImageFormat.Qcow2, ct);
            if (check.Corruptions > 0)
            {
                throw ImageInspection.Refused($"qemu-img check found {check.Corruptions} faults in its tables: it was cut off or damaged; fetch it again");
            }
        }

        return new ImageBlob(digest.ToString(), seen.Format, size, seen.VirtualSizeBytes);
    }

    private void Keep(string partial, SafeFileHandle file, ImageDigest digest, ImageBlob blob)
    {
        var path = PathOf(digest);
        if (new FileInfo(path) is { Exists: true } present && present.Length == blob.SizeBytes)
        {
            Duplicate(_logger, blob.Digest);
            return;
        }

        RandomAccess.FlushToDisk(file);
        File.SetUnixFileMode(file, ReadOnlyForAll);
        File.Move(partial, path, overwrite: true);
        DurableDirectory.Sync(_images);
        Added(_logger, blob.Digest, ImageFormats.Name(blob.Format), blob.SizeBytes, blob.VirtualSizeBytes);
    }
}
