using System.Text.Json;
using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Images.Formats;
using Qvmc.Images.Tools;
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

    /// <summary>Grows a disk that nobody uses. The same size changes nothing.</summary>
    /// <exception cref="FaultException">It is larger already: shrinking would cut off what a guest wrote.</exception>
    public async Task ResizeAsync(string path, ImageFormat format, long sizeBytes, CancellationToken ct)
    {
        Disk.CheckAbsolute(path);
        DiskSize.Check(sizeBytes);
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
        Disk.CheckAbsolute(path);
        var result = await _tool.RunAsync(["info", "-U", "-f", ImageFormats.Name(format), "--output=json", path], Short, ct);
        ThrowIfFailed(result, "info", path);
        var answer = Parse(result, "info", path);
        return new DiskInfo(Number(answer, "virtual-size"), Number(answer, "actual-size"), (string?)answer["full-backing-filename"] ?? (string?)answer["backing-filename"]);
    }

    /// <summary>Checks the tables of a file that nobody uses, and nothing that it lies upon. Raw files and CDs have none.</summary>
    /// <exception cref="FaultException">It could not be checked: not such a file, or unreadable (INVALID_ARGUMENT).</exception>
    public async Task<DiskCheck> CheckAsync(string path, ImageFormat format, CancellationToken ct)
    {
        Disk.CheckAbsolute(path);
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
