using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.CommandLine;

/// <summary>
/// A data disk or a CD on a machine's SCSI bus: the same arguments whether QEMU gets them on its command line or, while
/// it runs, through its monitor.
/// </summary>
/// <remarks>
/// Node names have at most 31 characters and begin with a letter (block.c, util/id.c): so do the longest disk name
/// between "data-" and "-file", and for a CD a part of the hash of what it is.
/// </remarks>
public sealed record ScsiDrive
{
    private const string Bus = "scsi0.0";

    /// <summary>
    /// A write that finds no room stops the machine, and is made again when it goes on; any other that fails is the guest's to
    /// deal with, as with a disk of iron: it may have another disk, or a mirror.
    /// </summary>
    internal const string WriteErrors = "enospc";

    /// <summary>What can't be read is the guest's to deal with.</summary>
    internal const string ReadErrors = "report";

    private ScsiDrive(string id, string path, string serial)
    {
        (Node, Path, Serial) = (id, path, serial);
    }

    /// <summary>Name of the node with the disk's contents.</summary>
    public string Node { get; }

    /// <summary>Name of the node with the file's bytes.</summary>
    public string FileNode => $"{Node}-file";

    /// <summary>Id of the device that the guest sees.</summary>
    public string Device => $"{Node}-dev";

    /// <summary>A CD, which is only read.</summary>
    public bool IsCdrom => Serial.Length == 0;

    private string Path { get; }

    private string Serial { get; }

    /// <summary>A data disk.</summary>
    public static ScsiDrive Of(DataDisk disk, MachinePaths paths) => new($"data-{disk.Name}", paths.DataDisk(disk), disk.Name);

    /// <summary>A CD.</summary>
    /// <param name="cdrom">Which.</param>
    /// <param name="digest">What its image was when it was attached.</param>
    /// <param name="path">Its bytes.</param>
    public static ScsiDrive Of(Cdrom cdrom, string digest, string path)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{cdrom.Image}\n{digest}"));
        return new ScsiDrive($"cd-{Convert.ToHexStringLower(hash.AsSpan(0, 8))}", path, "");
    }

    /// <summary>The value of <c>-blockdev</c> or <c>blockdev-add</c> for the file.</summary>
    public JsonObject FileArguments => IsCdrom
        ? new() { ["driver"] = "file", ["node-name"] = FileNode, ["filename"] = Path, ["read-only"] = true, ["locking"] = "on" }
        : new() { ["driver"] = "file", ["node-name"] = FileNode, ["filename"] = Path, ["discard"] = "unmap", ["locking"] = "on" };

    /// <summary>The value of <c>-blockdev</c> or <c>blockdev-add</c> for the contents.</summary>
    public JsonObject NodeArguments => IsCdrom
        ? new() { ["driver"] = "raw", ["node-name"] = Node, ["file"] = FileNode, ["read-only"] = true }
        : new() { ["driver"] = "qcow2", ["node-name"] = Node, ["file"] = FileNode, ["backing"] = null, ["discard"] = "unmap" };

    /// <summary>The value of <c>-device</c> or <c>device_add</c>.</summary>
    /// <param name="bootIndex">When the firmware tries it; null: not at all.</param>
    public JsonObject DeviceArguments(int? bootIndex)
    {
        JsonObject arguments = IsCdrom
            ? new() { ["driver"] = "scsi-cd", ["id"] = Device, ["bus"] = Bus, ["drive"] = Node }
            : new() { ["driver"] = "scsi-hd", ["id"] = Device, ["bus"] = Bus, ["drive"] = Node, ["serial"] = Serial, ["werror"] = WriteErrors, ["rerror"] = ReadErrors };
        if (bootIndex is { } index)
        {
            arguments["bootindex"] = index;
        }

        return arguments;
    }
}
