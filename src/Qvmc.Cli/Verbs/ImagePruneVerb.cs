using System.CommandLine;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image prune</c>: deletes what nobody uses and can be fetched again.</summary>
internal static class ImagePruneVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var dryRun = new Option<bool>("--dry-run", "-n") { Description = "Only say what would go" };
        var all = new Option<bool>("--all") { Description = "Images that were imported too, which can't be fetched again" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var command = context.Client("prune", "Delete pulled images that no instance uses, and rests of pulls and uploads", dryRun, all, yes, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var terminal = context.Terminal;
            var request = new PruneImagesRequest { All = parse.GetValue(all), DryRun = parse.GetValue(dryRun) };
            if (request is { All: true, DryRun: false } && !parse.GetValue(yes) && !await ConfirmAsync(terminal, connection))
            {
                terminal.Error.WriteLine("qvmc: nothing was deleted");
                return ExitCode.Failure;
            }

            var pruned = await connection.Images.PruneImagesAsync(request, Limits.In(Limits.Deletion, CancellationToken.None));
            foreach (var item in pruned.Items.Where(item => item.Error.Length > 0))
            {
                terminal.Error.WriteLine($"qvmc: {Plain.Line(item.Name)}: {Plain.Line(item.Error)}");
            }

            context.Printer(parse).One(pruned, _ => Write(terminal, pruned, request.DryRun));
            return pruned.Items.Any(item => item.Error.Length > 0) ? ExitCode.Failure : ExitCode.Success;
        });
        return command;
    }

    // What was imported is gone for good.
    private static async Task<bool> ConfirmAsync(Terminal terminal, ControllerConnection connection)
    {
        if (!terminal.InputIsTerminal || !terminal.ErrorIsTerminal)
        {
            throw new FaultException(FaultCode.InvalidArgument, "prune --all needs --yes where nobody can be asked");
        }

        var preview = await connection.Images.PruneImagesAsync(new PruneImagesRequest { All = true, DryRun = true }, Limits.In(Limits.Quick, terminal.Interrupted));
        if (preview.Items.Count == 0)
        {
            return true;
        }

        terminal.Error.Write($"This deletes, for good what was imported: {string.Join(", ", preview.Items.Select(item => Plain.Line(item.Name)))}\nGo on? [y/N] ");
        using var reader = new StreamReader(terminal.Input, leaveOpen: true);
        var answer = await reader.ReadLineAsync(terminal.Interrupted);
        return answer?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    private static void Write(Terminal terminal, PruneImagesResponse pruned, bool isDryRun)
    {
        var gone = pruned.Items.Where(item => item.Error.Length == 0).ToList();
        if (gone.Count == 0)
        {
            terminal.Out.Write("there is nothing to delete\n");
            return;
        }

        var table = new Table("KIND", "NAME", "SIZE");
        foreach (var item in gone)
        {
            table.Add(Word(item.Kind), item.Name, SizeText.OfBytes(item.FreedBytes));
        }

        table.Write(terminal);
        terminal.Out.Write($"{SizeText.OfBytes(pruned.FreedBytes)} {(isDryRun ? "would be freed" : "freed")}\n");
    }

    private static string Word(PrunedKind kind) => kind switch
    {
        PrunedKind.Unspecified => "",
        PrunedKind.Image => "image",
        PrunedKind.Bytes => "bytes without a name",
        PrunedKind.Partial => "rest",
    };
}
