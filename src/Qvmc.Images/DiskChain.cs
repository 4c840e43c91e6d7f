using System.Text.Json.Nodes;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

/// <summary>A machine's qcow2 disk and the image it lies upon, each by its path and format, whatever its header says.</summary>
/// <param name="Path">The disk. Absolute.</param>
/// <param name="BasePath">The image; null: the disk stands alone.</param>
/// <param name="BaseFormat">Its format.</param>
public sealed record DiskChain(string Path, string? BasePath = null, ImageFormat BaseFormat = ImageFormat.Unspecified)
{
    /// <summary>The chain as qemu-img and QEMU take it in the place of a file's name.</summary>
    internal string Name => "json:" + new JsonObject
    {
        ["driver"] = "qcow2",
        ["file"] = File(Path),
        ["backing"] = BasePath is null ? null : new JsonObject { ["driver"] = ImageFormats.Name(BaseFormat), ["file"] = File(BasePath) },
    }.ToJsonString();

    private static JsonObject File(string path) => new() { ["driver"] = "file", ["filename"] = path, ["locking"] = "on" };
}
