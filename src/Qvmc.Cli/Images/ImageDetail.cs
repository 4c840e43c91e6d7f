using Qvmc.Cli.Arguments;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Images;

/// <summary>One image, a line for each fact.</summary>
internal static class ImageDetail
{
    /// <summary>Prints it.</summary>
    public static void Write(Terminal terminal, Image image)
    {
        var source = image.Source ?? new ImageSource();
        Line("Name:", image.Name);
        Line("State:", ImageText.State(image));
        if (image.Progress is { } progress)
        {
            Line("Progress:", progress.TotalBytes > 0
                ? $"{SizeText.OfBytes(progress.DoneBytes)} of {SizeText.OfBytes(progress.TotalBytes)}"
                : SizeText.OfBytes(progress.DoneBytes));
            Line("Trouble:", progress.Trouble);
        }

        Line("Error:", image.Error);
        Line("Digest:", image.Digest);
        Line("Format:", ImageText.Format(image.Format) + (source.Format == ImageFormat.Unspecified || source.Format == image.Format ? "" : $" (came as {ImageText.Format(source.Format)})"));
        Line("Size:", image.SizeBytes > 0 ? SizeText.OfBytes(image.SizeBytes) : "");
        Line("Disk:", image.VirtualSizeBytes > 0 ? SizeText.OfBytes(image.VirtualSizeBytes) : "");
        Line("Source:", source.Url);
        Line("Checksum:", source.Checksum == image.Digest ? "" : source.Checksum);
        Line("Catalogue:", source.CatalogEntry);
        Line("User:", image.DefaultUser);
        Line("Agent:", ImageText.Agent(image.GuestAgent));
        Line("Used by:", image.UsedBy.Count == 0 ? "nobody" : string.Join(", ", image.UsedBy));
        Line("Imported:", InstanceTable.Age(terminal, image.CreateTime) is { Length: > 0 } age ? $"{age} ago" : "");

        void Line(string label, string value) => ImageText.Line(terminal, label, value);
    }
}
