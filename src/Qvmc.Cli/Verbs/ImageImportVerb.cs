using System.CommandLine;
using Grpc.Core;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Images;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image import</c>: hands a file over, or sends its bytes or standard input's.</summary>
internal static class ImageImportVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Name to give it" };
        var file = new Argument<string>("FILE") { Description = "The image, or - for standard input" };
        var format = ImageOptions.Format();
        var digest = ImageOptions.Digest();
        var replace = new Option<bool>("--replace") { Description = "If there is one of the name with other bytes: let the name mean these from now on" };
        var output = VerbContext.FormatOption("--output");
        var command = context.Client("import", "Import an image from a file", name, file, format, digest, replace, output);
        context.SetAction(command, async (parse, connection) =>
        {
            await using var source = Open(context.Terminal, parse.GetRequiredValue(file));
            var header = new UploadHeader
            {
                Name = parse.GetRequiredValue(name),
                Format = parse.GetValue(format),
                Digest = parse.GetValue(digest) ?? "",
                Replace = parse.GetValue(replace),
                SizeBytes = source is FileStream { CanSeek: true } ? (ulong)source.Length : 0,
            };
            var image = await StageDisplay.RunAsync(context.Terminal, display => SendAsync(context.Terminal, connection, header, source, display));
            new Printer(context.Terminal, parse.GetValue(output)).One(image, terminal =>
                terminal.Out.Write($"{image.Name} is imported ({SizeText.OfBytes(image.SizeBytes)}, {ImageText.Format(image.Format)}, {image.Digest})\n"));
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<Image> SendAsync(Terminal terminal, ControllerConnection connection, UploadHeader header, Stream source, IStageDisplay display)
    {
        if (source is FileStream file && header.SizeBytes > 0)
        {
            var handover = new ImageHandover(connection, terminal);
            if (handover.IsPossible && await handover.TrySendAsync(header, file, display) is { } image)
            {
                return image;
            }

            try
            {
                return await new ImageFileUpload(connection, terminal).SendAsync(header, file, display);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
            {
                // An older controller: it takes uploads in one go only.
                file.Position = 0;
            }
        }

        return await new ImageStreamUpload(connection, terminal.Interrupted).SendAsync(header, source, display);
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
