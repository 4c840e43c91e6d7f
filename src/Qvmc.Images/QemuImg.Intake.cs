using System.Text.Json.Nodes;
using Qvmc.Images.Formats;
using Qvmc.Images.Tools;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

// What is asked of qemu-img about a file that came from outside.
public sealed partial class QemuImg
{
    // What an old processor skips of a disk that is all zeros, in a second.
    private const long SlowZeroBytes = 1L << 30;

    /// <summary>
    /// Whether qemu-img reads a file as we did. Should it ever see another disk in it, or another file behind it, then
    /// somebody made it so, and the file stays out.
    /// </summary>
    internal async Task ConfirmAsync(string path, ImageInspection seen, CancellationToken ct)
    {
        var format = ImageFormats.Name(seen.Format);
        var answer = await AskAsync(["info", "-f", format, "--output=json", Alone(path, seen.Format)], path, ct);
        var data = answer["format-specific"]?["data"] as JsonObject;
        string[] children = [.. Names(answer["children"], "name").Where(n => n != "file")];
        string[] extents = [.. Names(data?["extents"], "filename").Where(n => n != path)];
        var otherwise = answer switch
        {
            _ when (string?)answer["format"] != format => "another format",
            _ when Number(answer, "virtual-size") != seen.VirtualSizeBytes => $"a disk of {Number(answer, "virtual-size")} bytes instead of {seen.VirtualSizeBytes}",
            _ when answer.ContainsKey("backing-filename") || answer.ContainsKey("full-backing-filename") => "a backing file",
            _ when data?.ContainsKey("data-file") == true || children.Length > 0 || extents.Length > 0 => "data in another file",
            _ when (bool?)answer["encrypted"] == true => "an encrypted disk",
            _ => null,
        };
        if (otherwise is not null)
        {
            throw ImageInspection.Refused($"qemu-img sees {otherwise} in it, which its header does not tell; it was made to deceive, or is of a kind that is not known here");
        }
    }

    /// <summary>How much room the disk takes as qcow2, at most, and how much of it has to be read for that, both in bytes.</summary>
    internal async Task<(long Room, long Work)> MeasureAsync(string path, ImageInspection seen, CancellationToken ct)
    {
        var answer = await AskAsync(["measure", "-f", ImageFormats.Name(seen.Format), "-O", "qcow2", "--output=json", Alone(path, seen.Format)], path, ct);
        var required = Number(answer, "required");
        if (seen.Format != ImageFormat.Vhdx)
        {
            return (required, required);
        }

        // Of these qemu-img only knows the size of the disk. The data is in the file, in blocks of at least 1 MiB, for
        // each of which a table of 64 KiB may be needed.
        var size = new FileInfo(path).Length;
        return (Math.Min(required, size + (size / 16) + (seen.VirtualSizeBytes / (64 << 20)) + (1 << 20)), required);
    }

    /// <summary>
    /// Makes a qcow2 disk of a file. In order: the same bytes come out whenever the same go in, so the digest is the same
    /// too; and with many reads in flight that is as fast as writing out of order (measured).
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="seen">What it is.</param>
    /// <param name="target">A file that is there and may be overwritten.</param>
    /// <param name="cost">What <see cref="MeasureAsync"/> said.</param>
    /// <param name="percent">Is told how far it is, 0 to 100.</param>
    /// <param name="ct">Ends the program.</param>
    /// <returns>False: the disk is full.</returns>
    internal async Task<bool> ConvertAsync(
        string path, ImageInspection seen, string target, (long Room, long Work) cost, Action<double> percent, CancellationToken ct)
    {
        var seconds = (cost.Room / SlowBytes) + (cost.Work / SlowZeroBytes);
        var limits = new ToolLimits
        {
            CpuSeconds = (long)Stall.TotalSeconds + seconds,

            // More than it said it would write, it does not write.
            FileBytes = cost.Room + (cost.Room / 8) + (64 << 20),
        };
        string[] arguments =
            ["convert", "-p", "-f", ImageFormats.Name(seen.Format), "-O", "qcow2", "-o", "compat=1.1", "-m", "16", Alone(path, seen.Format), target];

        // It tells every percent, after having looked where the data is.
        var result = await WorkAsync(arguments, limits, TimeSpan.FromSeconds(Math.Max(seconds / 100, cost.Work / SlowZeroBytes)), percent, ct);
        return result switch
        {
            { ExitCode: 0 } => true,
            { NoRoom: true } => false,
            _ => throw ImageInspection.Refused($"it could not be converted: {Without(path, result.Complaint)}"),
        };
    }

    private async Task<JsonObject> AskAsync(IReadOnlyList<string> arguments, string path, CancellationToken ct)
    {
        Disk.CheckAbsolute(path);
        var result = await _tool.RunAsync(arguments, Long, ct);
        return result switch
        {
            { ExitCode: not 0 } => throw ImageInspection.Refused($"qemu-img can't read it: {Without(path, result.Complaint)}"),
            { Output.Length: ToolProcess.MaxText } => throw ImageInspection.Refused(
                "qemu-img tells more of it than is listened to: it has very many snapshots or bitmaps; leave them out: qemu-img convert -O qcow2 OLD NEW"),
            _ => Parse(result, arguments[0], path),
        };
    }

    // The file and nothing that it may lie upon.
    private static string Alone(string path, ImageFormat format) => "json:" + new JsonObject
    {
        ["driver"] = ImageFormats.Name(format),
        ["backing"] = null,
        ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = path },
    }.ToJsonString();

    private static IEnumerable<string> Names(JsonNode? list, string key) => list is JsonArray array ? array.Select(e => (string?)e?[key] ?? "") : [];
}
