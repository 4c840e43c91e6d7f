using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image import</c>: sends a file's bytes, or standard input's.</summary>
internal static class ImageImportVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Name to give it" };
        var file = new Argument<string>("FILE") { Description = "The image, or - for standard input" };
        var format = Options.Choice(
            "--format",
            "Format of the image: qcow2 or raw; told from its first bytes unless given",
            "FORMAT",
            new Dictionary<string, ImageFormat> { ["qcow2"] = ImageFormat.Qcow2, ["raw"] = ImageFormat.Raw });
        var digest = new Option<string?>("--digest") { Description = "What its SHA-256 must be: sha256:...", HelpName = "DIGEST" };
        // --format means the image's here, as everybody expects of an import.
        var output = VerbContext.FormatOption("--output");
        var command = context.Client("import", "Import an image from a file", name, file, format, digest, output);
        context.SetAction(command, async (parse, connection) =>
        {
            var path = parse.GetRequiredValue(file);
            await using var source = Open(context.Terminal, path);
            var header = new UploadHeader
            {
                Name = parse.GetRequiredValue(name),
                Format = parse.GetValue(format),
                Digest = parse.GetValue(digest) ?? "",
                SizeBytes = path != "-" && source.CanSeek ? (ulong)source.Length : 0,
            };
            var upload = new ImageUpload(connection, context.Terminal.Interrupted);
            var image = await StageDisplay.RunAsync(context.Terminal, display => upload.SendAsync(header, source, display));
            new Printer(context.Terminal, parse.GetValue(output)).One(image, terminal =>
                terminal.Out.Write($"{image.Name} is imported ({SizeText.OfBytes(image.SizeBytes)}, {image.Format.ToString().ToLowerInvariant()}, {image.Digest})\n"));
            return ExitCode.Success;
        });
        return command;
    }

    private static Stream Open(Terminal terminal, string path)
    {
        if (path == "-")
        {
            return terminal.Input;
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FaultException(FaultCode.InvalidArgument, $"can't read {path}: {e.Message}", inner: e);
        }
    }
}
