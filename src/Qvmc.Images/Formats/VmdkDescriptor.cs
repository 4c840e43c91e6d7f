using System.Text;
using System.Text.RegularExpressions;
using static Qvmc.Images.Formats.ImageInspection;

namespace Qvmc.Images.Formats;

/// <summary>
/// The text in a VMDK file that says what it is made of. It could name other files: a parent, or extents. A disk that
/// comes in has itself as its only extent and no parent.
/// </summary>
internal static partial class VmdkDescriptor
{
    /// <summary>Far more than any has; QEMU reads 20.</summary>
    internal const int MaxSectors = 128;

    private const int QemuReads = 20;

    internal static void Check(ImageBytes file, VmdkHeader header)
    {
        var bytes = file.Read(DiskHeader.Sector, (int)Math.Max(header.DescriptorSize, QemuReads) * DiskHeader.Sector);
        var all = Encoding.Latin1.GetString(bytes);

        // Also behind the end of the text, and in any spelling: whatever reads it next may be less exact.
        if (all.Contains("parentFileNameHint", StringComparison.OrdinalIgnoreCase))
        {
            throw Parent();
        }

        var end = all.IndexOf('\0', StringComparison.Ordinal);
        CheckText(end < 0 ? all : all[..end]);
    }

    private static void CheckText(string text)
    {
        if (!text.StartsWith("# Disk DescriptorFile", StringComparison.OrdinalIgnoreCase))
        {
            throw Refused("it is a VMDK file without its description; it was damaged, or is a part of a disk that is in several files");
        }

        var lines = text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Select(l => Setting(l, "parentCID")).FirstOrDefault(v => v is not null) is { } parent && !parent.Equals("ffffffff", StringComparison.OrdinalIgnoreCase))
        {
            throw Parent();
        }

        var kinds = lines.Select(l => Setting(l, "createType")).OfType<string>().ToList();
        if (kinds is not [var kind] || !(kind.Equals("monolithicSparse", StringComparison.OrdinalIgnoreCase) || kind.Equals("streamOptimized", StringComparison.OrdinalIgnoreCase)))
        {
            throw Refused($"it is a VMDK disk of the kind {(kinds.Count == 0 ? "that it does not tell" : Shown(kinds[0]))}, and only monolithicSparse and streamOptimized are in one file; {VmdkDisk.Advice}");
        }

        var extents = lines.Select(l => ExtentPattern().Match(l)).Where(m => m.Success).ToList();
        if (extents is not [var extent] || extent.Groups[1].Value != "SPARSE" || extent.Groups[2].Value.AsSpan().ContainsAny('/', '\\'))
        {
            throw Refused(extents.Count == 0
                ? "its description names no data; it was damaged"
                : $"its description names {(extents.Count == 1 ? "another file" : $"{extents.Count} files")} as its data, which would be read from the host; {VmdkDisk.Advice}");
        }
    }

    private static string? Setting(string line, string name) =>
        line.Split('=', 2, StringSplitOptions.TrimEntries) is [var key, var value] && key.Equals(name, StringComparison.OrdinalIgnoreCase) ? value.Trim('"') : null;

    // For people: nothing that could play tricks on a terminal, and not much.
    private static string Shown(string text) => new([.. text.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '?')]);

    private static Core.Faults.FaultException Parent() => Refused($"it lies upon another file (a parent), which would be read from the host; {VmdkDisk.Advice}");

    // ACCESS SECTORS KIND ["NAME" [OFFSET]]
    [GeneratedRegex("""^(?:RW|RDONLY|NOACCESS)\s+\d+\s+(\S+)(?:\s+"([^"]*)")?""")]
    private static partial Regex ExtentPattern();
}
