using System.CommandLine;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image ...</c>.</summary>
internal static class ImageVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context) => new("image", "Manage images: what disks start from")
    {
        ImageSearchVerb.Create(context),
        ImagePullVerb.Create(context),
        ImageCancelVerb.Create(context),
        ImageImportVerb.Create(context),
        ImageListVerb.Create(context),
        ImageInfoVerb.Create(context),
        ImageVerifyVerb.Create(context),
        ImageExportVerb.Create(context),
        ImageDeleteVerb.Create(context),
        ImagePruneVerb.Create(context),
    };
}
