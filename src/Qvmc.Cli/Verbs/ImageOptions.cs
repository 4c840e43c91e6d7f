using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>Options that several verbs of images have.</summary>
internal static class ImageOptions
{
    private static readonly Dictionary<string, ImageFormat> Formats = new()
    {
        ["qcow2"] = ImageFormat.Qcow2,
        ["raw"] = ImageFormat.Raw,
        ["vmdk"] = ImageFormat.Vmdk,
        ["vhdx"] = ImageFormat.Vhdx,
        ["iso"] = ImageFormat.Iso,
    };

    /// <summary><c>--format</c>: the image's, as everybody expects where one comes in. The output's is <c>--output</c> there.</summary>
    public static Option<ImageFormat> Format() => Options.Choice(
        "--format",
        $"Format of the image: {string.Join(", ", Formats.Keys)}; told from its first bytes unless given",
        "FORMAT",
        Formats);

    /// <summary><c>--digest</c>.</summary>
    public static Option<string?> Digest() => new("--digest") { Description = "What the checksum of the bytes must be: sha256:... or sha512:...", HelpName = "CHECKSUM" };

    /// <summary>The name of an image that is here.</summary>
    public static Argument<string> Name(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the image" };
        name.CompletionSources.Add(NameCompletions.OfImages(context));
        return name;
    }

    /// <summary>Names of images that are here.</summary>
    public static Argument<string[]> Names(VerbContext context, ArgumentArity arity)
    {
        var names = new Argument<string[]>("NAME") { Description = "Names of images", Arity = arity };
        names.CompletionSources.Add(NameCompletions.OfImages(context));
        return names;
    }
}
