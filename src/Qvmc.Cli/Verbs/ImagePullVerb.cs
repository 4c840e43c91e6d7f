using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Images;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>
/// <c>qvmc image pull</c>: asks for a pull, which the controller carries out by itself, and watches it. Ctrl-C cancels what
/// this command began, and only watching of what was under way or here before.
/// </summary>
internal sealed class ImagePullVerb
{
    private readonly Argument<string> _name = new("NAME") { Description = "Image of the catalogue (\"debian\", \"debian:12\"); with --url: the name to give it" };
    private readonly Option<string?> _url = new("--url") { Description = "Where it is: http://, https:// or file:// (in an import directory); the catalogue's unless given", HelpName = "URL" };
    private readonly Option<string[]> _mirrors = Options.Texts("--mirror", "More places with the same bytes, tried in order; repeatable", "URL");
    private readonly Option<string?> _digest = ImageOptions.Digest();
    private readonly Option<string?> _checksumUrl = new("--checksum-url") { Description = "Where its checksum is, as sha256sum, sha512sum or BSD tools print it", HelpName = "URL" };
    private readonly Option<ImageFormat> _format = ImageOptions.Format();
    private readonly Option<bool> _detach = new("--detach", "-d") { Description = "Only ask for it; without this, Ctrl-C cancels a pull that this command began" };
    private readonly Option<OutputFormat> _output = VerbContext.FormatOption("--output");
    private readonly VerbContext _context;

    private ImagePullVerb(VerbContext context)
    {
        _context = context;
        _name.CompletionSources.Add(NameCompletions.OfCatalogue(context));
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var verb = new ImagePullVerb(context);
        var command = context.Client(
            "pull", "Fetch an image of the catalogue or from a URL; of one that is here: newer bytes, if there are", verb._name, verb._url, verb._mirrors, verb._digest, verb._checksumUrl, verb._format, verb._detach, verb._output);
        Option[] ofUrls = [verb._mirrors, verb._digest, verb._checksumUrl, verb._format];
        command.Validators.Add(result =>
        {
            foreach (var option in ofUrls.Where(option => result.GetResult(verb._url) is null && result.GetResult(option) is not null))
            {
                result.AddError($"{option.Name} needs --url: the catalogue says that of its images");
            }

            if (result.GetResult(verb._digest) is not null && result.GetResult(verb._checksumUrl) is not null)
            {
                result.AddError("--digest and --checksum-url exclude each other");
            }
        });
        context.SetAction(command, verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, ControllerConnection connection)
    {
        var terminal = _context.Terminal;
        var printer = new Printer(terminal, parse.GetValue(_output));
        var before = await ImagePages.AllAsync(connection, CancellationToken.None);
        var begun = (await connection.Images.PullImageAsync(Request(parse), Limits.In(Limits.Quick, CancellationToken.None))).Image;
        if (parse.GetValue(_detach))
        {
            printer.One(begun, _ => terminal.Out.Write($"{begun.Name} is {(ImageText.IsComing(begun) ? "being pulled; \"qvmc image list\" shows how far it is" : ImageText.State(begun))}\n"));
            return ExitCode.Success;
        }

        var wait = new PullWait(connection, terminal);
        var end = await StageDisplay.RunAsync(terminal, display => wait.RunAsync(begun, display));
        var old = before.FirstOrDefault(image => image.Name == begun.Name);
        return await ReportAsync(connection, printer, end, old);
    }

    private PullImageRequest Request(ParseResult parse)
    {
        var request = new PullImageRequest
        {
            Name = parse.GetRequiredValue(_name),
            Url = parse.GetValue(_url) ?? "",
            Digest = parse.GetValue(_digest) ?? "",
            ChecksumUrl = parse.GetValue(_checksumUrl) ?? "",
            Format = parse.GetValue(_format),
        };
        request.Mirrors.AddRange(parse.GetValue(_mirrors) ?? []);
        return request;
    }

    private async Task<int> ReportAsync(ControllerConnection connection, Printer printer, PullEnd end, Image? old)
    {
        var terminal = _context.Terminal;
        var image = end.Image;
        switch (end.Ending)
        {
            case PullEnding.Done:
                var what = old is null || old.Digest.Length == 0 ? "is pulled" : old.Digest == image.Digest ? "is up to date" : "has newer bytes now";
                printer.One(image, _ => terminal.Out.Write($"{image.Name} {what} ({SizeText.OfBytes(image.SizeBytes)}, {ImageText.Format(image.Format)}, {image.Digest})\n"));
                return ExitCode.Success;

            case PullEnding.Failed:
                terminal.Error.WriteLine($"qvmc: {image.Name} could not be pulled: {Plain.Line(image.Error)}");
                terminal.Error.WriteLine(image.Digest.Length > 0
                    ? "It keeps the bytes that it has."
                    : $"\"qvmc image pull {image.Name}\" tries again; \"qvmc image delete {image.Name}\" forgets it.");
                return ExitCode.Failure;

            case PullEnding.Cancelled:
                terminal.Error.WriteLine($"qvmc: the pull of {image.Name} was cancelled");
                return ExitCode.Failure;

            case PullEnding.Interrupted:
                await InterruptAsync(connection, image, old);
                return ExitCode.Interrupted;

            default:
                throw new ArgumentOutOfRangeException(nameof(end), end.Ending, "not an ending");
        }
    }

    private async Task InterruptAsync(ControllerConnection connection, Image image, Image? old)
    {
        var terminal = _context.Terminal;
        if (old is not null && (old.Digest.Length > 0 || ImageText.IsComing(old)))
        {
            terminal.Error.WriteLine($"qvmc: interrupted; the pull of {image.Name} goes on, which {(old.Digest.Length > 0 ? "was here" : "was under way")} before");
            return;
        }

        try
        {
            await ImageCancelVerb.CancelAsync(connection, image.Name);
            terminal.Error.WriteLine($"qvmc: interrupted; the pull of {image.Name} is cancelled");
        }
        catch (Exception e) when (connection.FaultOf(e) is { } fault)
        {
            terminal.Error.WriteLine($"qvmc: interrupted; the pull of {image.Name} could not be cancelled: {Plain.Line(fault.Message)}");
        }
    }
}
