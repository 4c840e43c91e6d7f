using System.CommandLine;
using System.Globalization;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Images;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image list</c>.</summary>
internal static class ImageListVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var command = context.Client("list", "List images, those that are being pulled too", context.Format);
        command.Aliases.Add("ls");
        context.SetAction(command, async (parse, connection) =>
        {
            var images = await ImagePages.AllAsync(connection, CancellationToken.None);
            context.Printer(parse).Many(images, terminal => Write(terminal, images));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Write(Terminal terminal, IEnumerable<Image> images)
    {
        var table = new Table("NAME", "STATE", "FORMAT", "SIZE", "DISK", "DIGEST", "USED BY", "AGE", "SOURCE");
        foreach (var image in images)
        {
            var size = image.SizeBytes > 0 ? image.SizeBytes : image.Progress?.TotalBytes ?? 0;
            table.Add(
                image.Name,
                ImageText.State(image),
                ImageText.Format(image.Format),
                size > 0 ? SizeText.OfBytes(size) : "",
                image.VirtualSizeBytes > 0 ? SizeText.OfBytes(image.VirtualSizeBytes) : "",
                ImageText.ShortDigest(image.Digest),
                image.UsedBy.Count.ToString(CultureInfo.InvariantCulture),
                InstanceTable.Age(terminal, image.CreateTime),
                ImageText.Source(image));
        }

        table.Write(terminal);
    }
}
