using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Images;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc export</c>: a disk as one file that stands alone.</summary>
internal static class ExportVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the instance; it must be stopped" };
        name.CompletionSources.Add(NameCompletions.OfInstances(context));
        var file = new Argument<string>("FILE") { Description = "Where to, or - for standard output" };
        var disk = new Option<string?>("--disk") { Description = "A data disk; its first disk unless given", HelpName = "DISK" };
        var format = Options.Choice(
            "--format",
            "Format of the file: qcow2 or raw; qcow2 unless given",
            "FORMAT",
            new Dictionary<string, ImageFormat> { ["qcow2"] = ImageFormat.Qcow2, ["raw"] = ImageFormat.Raw });
        var compress = new Option<bool>("--compress") { Description = "Compress it, which takes longer; qcow2 only" };
        var force = new Option<bool>("--force") { Description = "Replace a file that is there" };
        var command = context.Client("export", "Save a disk of a stopped instance as a file that stands alone", name, file, disk, format, compress, force);
        command.Validators.Add(result =>
        {
            if (result.GetValue(compress) && result.GetValue(format) == ImageFormat.Raw)
            {
                result.AddError("--compress needs --format qcow2");
            }
        });
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new ExportDiskRequest
            {
                Name = parse.GetRequiredValue(name),
                Disk = parse.GetValue(disk) ?? "",
                Format = parse.GetValue(format) == ImageFormat.Unspecified ? ImageFormat.Qcow2 : parse.GetValue(format),
                Compress = parse.GetValue(compress),
            };
            var path = parse.GetRequiredValue(file);
            var download = new DiskDownload(connection, context.Terminal.Interrupted);
            var export = await ByteTarget.FillAsync(context.Terminal, path, parse.GetValue(force), write =>
                StageDisplay.RunAsync(context.Terminal, display => download.ReceiveAsync(request, write, display)));
            if (path != "-")
            {
                context.Terminal.Out.Write($"{path} has {(request.Disk.Length > 0 ? $"disk {request.Disk} of " : "the disk of ")}{request.Name} ({SizeText.OfBytes(export.SizeBytes)}, {ImageText.Format(export.Format)})\n");
            }

            return ExitCode.Success;
        });
        return command;
    }
}
