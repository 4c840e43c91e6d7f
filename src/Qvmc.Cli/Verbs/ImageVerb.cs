using System.CommandLine;
using System.Globalization;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image list|info|delete|import</c>.</summary>
internal static class ImageVerb
{
    private const uint PageSize = 500;

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context) => new("image", "Manage images: what disks start from")
    {
        ImageImportVerb.Create(context),
        List(context),
        Info(context),
        Delete(context),
    };

    private static Command List(VerbContext context)
    {
        var command = context.Client("list", "List images", context.Format);
        command.Aliases.Add("ls");
        context.SetAction(command, async (parse, connection) =>
        {
            var images = new List<Image>();
            var request = new ListImagesRequest { PageSize = PageSize };
            do
            {
                var page = await connection.Images.ListImagesAsync(request, Limits.In(Limits.Quick, CancellationToken.None));
                images.AddRange(page.Images);
                request.PageToken = page.NextPageToken;
            }
            while (request.PageToken.Length > 0);
            context.Printer(parse).Many(images, terminal => Write(terminal, images));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Info(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the image" };
        name.CompletionSources.Add(NameCompletions.OfImages(context));
        var command = context.Client("info", "Show all about an image", name, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new GetImageRequest { Name = parse.GetRequiredValue(name) };
            var image = (await connection.Images.GetImageAsync(request, Limits.In(Limits.Quick, CancellationToken.None))).Image;
            context.Printer(parse).One(image, terminal => ImageDetail.Write(terminal, image));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Delete(VerbContext context)
    {
        var names = new Argument<string[]>("NAME") { Description = "Names of images", Arity = ArgumentArity.OneOrMore };
        names.CompletionSources.Add(NameCompletions.OfImages(context));
        var command = context.Client("delete", "Delete images that no instance uses", names);
        command.Aliases.Add("rm");
        context.SetAction(command, async (parse, connection) =>
        {
            var outcomes = await NameRun.EachAsync(connection, [.. parse.GetRequiredValue(names).Distinct()], async name =>
            {
                await connection.Images.DeleteImageAsync(new DeleteImageRequest { Name = name }, Limits.In(Limits.Quick, CancellationToken.None));
                return NameOutcome.Done(name, null, $"{name}: deleted");
            });
            return NameRun.Report(context.Terminal, new Printer(context.Terminal, OutputFormat.Table), outcomes, isSingle: false);
        });
        return command;
    }

    private static void Write(Terminal terminal, IEnumerable<Image> images)
    {
        var table = new Table("NAME", "FORMAT", "SIZE", "DISK", "DIGEST", "USED BY", "AGE");
        foreach (var image in images)
        {
            table.Add(
                image.Name,
                image.Format.ToString().ToLowerInvariant(),
                SizeText.OfBytes(image.SizeBytes),
                SizeText.OfBytes(image.VirtualSizeBytes),
                ImageDetail.ShortDigest(image.Digest),
                image.UsedBy.Count.ToString(CultureInfo.InvariantCulture),
                InstanceTable.Age(terminal, image.CreateTime));
        }

        table.Write(terminal);
    }
}
