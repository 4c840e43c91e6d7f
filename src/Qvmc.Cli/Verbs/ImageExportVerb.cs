using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Images;
using Qvmc.Cli.Output;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image export</c>: writes an image's bytes to a file or to standard output.</summary>
internal static class ImageExportVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var name = ImageOptions.Name(context);
        var file = new Argument<string>("FILE") { Description = "File to write, or - for standard output" };
        var force = new Option<bool>("--force", "-f") { Description = "Replace a file that is there" };
        var command = context.Client("export", "Write an image to a file; its digest is checked", name, file, force);
        context.SetAction(command, async (parse, connection) =>
        {
            var terminal = context.Terminal;
            var path = parse.GetRequiredValue(file);
            var image = await ByteTarget.FillAsync(terminal, path, parse.GetValue(force), write => StageDisplay.RunAsync(
                terminal, display => new ImageDownload(connection, terminal).ReceiveAsync(parse.GetRequiredValue(name), write, display)));
            if (path != "-")
            {
                terminal.Out.Write($"{image.Name} is in {path} ({SizeText.OfBytes(image.SizeBytes)}, {ImageText.Format(image.Format)}, {image.Digest})\n");
            }

            return ExitCode.Success;
        });
        return command;
    }
}
