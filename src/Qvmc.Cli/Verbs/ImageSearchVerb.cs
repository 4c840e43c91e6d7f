using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Images;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image search</c>.</summary>
internal static class ImageSearchVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var words = new Argument<string[]>("WORDS") { Description = "Words that must all occur in name, alias or title; everything unless given", Arity = ArgumentArity.ZeroOrMore };
        var arch = new Option<string?>("--arch") { Description = "For which processor: x86_64 or aarch64; the controller's own unless given", HelpName = "ARCH" };
        arch.CompletionSources.Add("x86_64", "aarch64");
        var command = context.Client("search", "Look for images that can be pulled", words, arch, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var request = new SearchImagesRequest { Query = string.Join(' ', parse.GetValue(words) ?? []), Arch = parse.GetValue(arch) ?? "" };
            var found = await connection.Images.SearchImagesAsync(request, Limits.In(Limits.Quick, CancellationToken.None));
            foreach (var warning in found.Warnings)
            {
                context.Terminal.Error.WriteLine($"qvmc: warning: {Plain.Line(warning)}");
            }

            context.Printer(parse).Many(found.Images, terminal => Write(terminal, found.Images));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Write(Terminal terminal, IReadOnlyCollection<CatalogImage> images)
    {
        if (images.Count == 0)
        {
            terminal.Error.WriteLine("qvmc: the catalogue has no such image; \"qvmc image search\" shows all it has");
            return;
        }

        var table = new Table("NAME", "ALSO", "TITLE", "SIZE", "HERE");
        foreach (var image in images)
        {
            table.Add(image.Name, string.Join(", ", CatalogueText.OtherNames(image)), image.Title, image.SizeBytes > 0 ? SizeText.OfBytes(image.SizeBytes) : "", image.Pulled ? "yes" : "");
        }

        table.Write(terminal);
    }
}
