using Qvmc.Cli.Arguments;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Images;

/// <summary>Images that can be pulled, in words.</summary>
internal static class CatalogueText
{
    /// <summary>What can be typed in the place of its name.</summary>
    public static IEnumerable<string> OtherNames(CatalogImage image) => image.Aliases.Concat(image.Latest ? [Family(image.Name)] : []);

    /// <summary>Whether a reference means it.</summary>
    public static bool IsMeant(CatalogImage image, string reference) =>
        image.Name == reference || OtherNames(image).Contains(reference) || (image.Latest && reference == $"{Family(image.Name)}:latest");

    /// <summary>The name without its version.</summary>
    public static string Family(string reference) => reference.Split(':')[0];

    /// <summary>Prints one that is not here.</summary>
    public static void Write(Terminal terminal, CatalogImage image)
    {
        Line("Name:", image.Name);
        Line("State:", $"not here; \"qvmc image pull {image.Name}\" fetches it, and a launch does so by itself");
        Line("Also:", string.Join(", ", OtherNames(image)));
        Line("Title:", image.Title);
        Line("Processor:", image.Arch);
        Line("Size:", image.SizeBytes > 0 ? $"about {SizeText.OfBytes(image.SizeBytes)} to fetch" : "");
        Line("Source:", image.Url);
        Line("Catalogue:", image.Catalog);
        Line("User:", image.DefaultUser);
        Line("Agent:", ImageText.Agent(image.GuestAgent));

        void Line(string label, string value) => ImageText.Line(terminal, label, value);
    }
}
