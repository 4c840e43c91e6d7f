using Qvmc.Cli.Arguments;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>One image, a line for each fact.</summary>
internal static class ImageDetail
{
    // As long as people compare by eye.
    private const int ShortDigits = 12;

    /// <summary>Prints it.</summary>
    public static void Write(Terminal terminal, Image image)
    {
        var users = image.UsedBy.Count == 0 ? "nobody" : string.Join(", ", image.UsedBy);
        terminal.Out.Write(Plain.Lines($"""
            Name:       {image.Name}
            Digest:     {image.Digest}
            Format:     {image.Format.ToString().ToLowerInvariant()}
            Size:       {SizeText.OfBytes(image.SizeBytes)}
            Disk:       {SizeText.OfBytes(image.VirtualSizeBytes)}
            Used by:    {users}
            Imported:   {InstanceTable.Age(terminal, image.CreateTime)} ago
            """));
    }

    /// <summary>The first digits of a digest, without its algorithm.</summary>
    public static string ShortDigest(string digest)
    {
        var digits = digest[(digest.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return digits.Length > ShortDigits ? digits[..ShortDigits] : digits;
    }
}
