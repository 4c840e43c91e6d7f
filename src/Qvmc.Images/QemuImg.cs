using System.Text.Json;
using System.Text.Json.Nodes;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Images.Formats;
using Qvmc.Images.Tools;
using Qvmc.Os.Files;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

/// <summary>
/// qemu-img. It is always told the format: guessing would let the bytes of a raw disk, which a guest writes, name
/// files of the host. Paths must be absolute: a relative one with a colon would be taken for a protocol.
/// </summary>
/// <param name="binary">Path or name of the program; empty: qemu-img.</param>
/// <param name="time">For the limits of time.</param>
/// <param name="user">Whose machines' disks are, and who reads them; null: ours. Only root can name another.</param>
public sealed partial class QemuImg(string binary = "", TimeProvider? time = null, ToolUser? user = null)
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(30);

    // A check reads all tables of an image: a second or two per TiB in use on a slow disk.
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Tool _tool = new(binary.Length == 0 ? "qemu-img" : binary, "qemu-utils", "qemu", time ?? TimeProvider.System);

    /// <summary>
    /// Makes a qcow2 overlay on an immutable base. It appears under its name when it is complete and on the disk;
    /// one that was there is replaced.
    /// </summary>
    /// <param name="path">Where. Absolute.</param>
    /// <param name="basePath">The base, as the overlay's header will name it. Absolute.</param>
    /// <param name="baseFormat">Its format.</param>
    /// <param name="sizeBytes">Size of the disk; 0: the base's. A multiple of 512, no smaller than the base's.</param>
    /// <param name="ct">Ends the program.</param>
    /// <exception cref="FaultException">The base is missing, the size is refused, or there is no room.</exception>
    public async Task CreateOverlayAsync(string path, string basePath, ImageFormat baseFormat, long sizeBytes, CancellationToken ct)
    {
        CheckAbsolute(path);
        CheckAbsolute(basePath);
        CheckSize(sizeBytes);
        var baseSize = DiskHeader.VirtualSize(basePath, baseFormat);
        if (sizeBytes != 0 && sizeBytes < baseSize)
        {
            throw new FaultException(
                FaultCode.InvalidArgument,
                $"a disk of {Disk.Size(sizeBytes)} is smaller than its image, which has {Disk.Size(baseSize)}; ask for at least {baseSize >> 20} MiB");
        }

        await CreateAsync(path, ["-b", basePath, "-F", ImageFormats.Name(baseFormat)], sizeBytes == 0 ? baseSize : sizeBytes, ct);
    }

    /// <summary>
    /// Makes an empty qcow2 disk, which takes room only as it is written to. It appears under its name when it is
    /// complete and on the disk.
    /// </summary>
    /// <param name="path">Where. Absolute.</param>
    /// <param name="sizeBytes">Its size, a multiple of 512.</param>
    /// <param name="ct">Ends the program.</param>
    /// <exception cref="FaultException">The size is refused, or there is no room.</exception>
    public Task CreateEmptyAsync(string path, long sizeBytes, CancellationToken ct)
    {
        CheckAbsolute(path);
        CheckSize(sizeBytes);
        return CreateAsync(path, [], sizeBytes, ct);
    }

    private async Task CreateAsync(string path, IReadOnlyList<string> backing, long sizeBytes, CancellationToken ct)
    {
        var directory = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(directory))
        {
            throw new FaultException(FaultCode.NotFound, $"there is no directory {directory} for the disk");
        }

        var partial = path + ".partial";
        File.Delete(partial);
        try
        {
            var result = await _tool.RunAsync(["create", "-q", "-f", "qcow2", .. backing, partial, $"{sizeBytes}"], Short, ct);
            ThrowIfFailed(result, "create", path);
            if (user is not null)
            {
                FileOwner.Change(partial, user.UserId, user.GroupId);
            }

            File.SetUnixFileMode(partial, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            using (var file = File.OpenHandle(partial, access: FileAccess.ReadWrite))
            {
                RandomAccess.FlushToDisk(file);
            }

            FaultPoint.Reach(FaultStep.DiskWritten);
            File.Move(partial, path, overwrite: true);
            DurableDirectory.Sync(directory);
        }
        catch (IOException e) when (Disk.IsFull(e))
        {
            throw Disk.Full($"the disk {path}", directory, needed: null, e);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>Grows a disk that nobody uses. The same size changes nothing.</summary>
    /// <exception cref="FaultException">It is larger already: shrinking would cut off what a guest wrote.</exception>
    public async Task ResizeAsync(string path, ImageFormat format, long sizeBytes, CancellationToken ct)
    {
        CheckAbsolute(path);
        CheckSize(sizeBytes);
        var present = DiskHeader.VirtualSize(path, format);
        if (sizeBytes < present)
        {
            throw new FaultException(
                FaultCode.InvalidArgument,
                $"{path} has {Disk.Size(present)} and can't shrink to {Disk.Size(sizeBytes)}: that would cut off data; disks only grow");
        }

        if (sizeBytes > present)
        {
            var result = await _tool.RunAsync(["resize", "-q", "-f", ImageFormats.Name(format), path, $"{sizeBytes}"], Short, ct, user);
            ThrowIfFailed(result, "resize", path);
        }
    }

    /// <summary>Sizes and backing file, also while a machine uses the disk.</summary>
    public async Task<DiskInfo> InfoAsync(string path, ImageFormat format, CancellationToken ct)
    {
        CheckAbsolute(path);
        var result = await _tool.RunAsync(["info", "-U", "-f", ImageFormats.Name(format), "--output=json", path], Short, ct);
        ThrowIfFailed(result, "info", path);
        var answer = Parse(result, "info", path);
        return new DiskInfo(Number(answer, "virtual-size"), Number(answer, "actual-size"), (string?)answer["full-backing-filename"] ?? (string?)answer["backing-filename"]);
    }

    /// <summary>Checks the tables of a file that nobody uses, and nothing that it lies upon. Raw files and CDs have none.</summary>
    /// <exception cref="FaultException">It could not be checked: not such a file, or unreadable (INVALID_ARGUMENT).</exception>
    public async Task<DiskCheck> CheckAsync(string path, ImageFormat format, CancellationToken ct)
    {
        CheckAbsolute(path);
        if (format is ImageFormat.Raw or ImageFormat.Iso)
        {
            return new DiskCheck(0, 0);
        }

        // 0 sound, 2 corruptions, 3 leaks; both come with a report. Anything else is a check that did not take place.
        var result = await _tool.RunAsync(["check", "-f", ImageFormats.Name(format), "--output=json", Alone(path, format)], Long, ct);
        if (result.ExitCode is not (0 or 2 or 3))
        {
            throw new FaultException(FaultCode.InvalidArgument, $"the image could not be checked: {Without(path, result.Complaint)}");
        }

        var answer = Parse(result, "check", path);
        return new DiskCheck(Number(answer, "corruptions") + Number(answer, "check-errors"), Number(answer, "leaks"));
    }

    private static void CheckAbsolute(string path)
    {
        if (!Path.IsPathFullyQualified(path))
        {
            throw new ArgumentException($"not an absolute path: {path}", nameof(path));
        }
    }

    private static void CheckSize(long sizeBytes)
    {
        if (sizeBytes < 0 || sizeBytes % DiskHeader.Sector != 0 || sizeBytes > DiskHeader.MaxBytes)
        {
            throw new FaultException(
                FaultCode.InvalidArgument,
                $"a disk can't have {sizeBytes} bytes; its size is a multiple of {DiskHeader.Sector} and at most {Disk.Size(DiskHeader.MaxBytes)}");
        }
    }

    private static void ThrowIfFailed(ToolResult result, string verb, string path)
    {
        if (result.ExitCode == 0)
        {
            return;
        }

        throw result.NoRoom
            ? Disk.Full($"qemu-img {verb} {path}", Path.GetDirectoryName(path)!, needed: null)
            : new FaultException(FaultCode.Internal, $"qemu-img {verb} {path} failed: {result.Complaint}");
    }

    private static JsonObject Parse(ToolResult result, string verb, string path)
    {
        try
        {
            return JsonNode.Parse(result.Output)!.AsObject();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FaultException(FaultCode.Internal, $"qemu-img {verb} {path} answered something else than JSON: {result.Complaint}", inner: e);
        }
    }

    private static long Number(JsonObject answer, string key) => (long?)answer[key] ?? 0;

    private static string Without(string path, string complaint) =>
        complaint.Replace("qemu-img: ", "", StringComparison.Ordinal).Replace($"'{path}'", "it", StringComparison.Ordinal).Replace(path, "it", StringComparison.Ordinal);
}
