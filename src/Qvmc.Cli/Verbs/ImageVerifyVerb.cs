using System.CommandLine;
using System.Text.Json.Nodes;
using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Images;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image verify</c>: has the controller read images through; ends with 1 when one is not what it was.</summary>
internal static class ImageVerifyVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var names = ImageOptions.Names(context, ArgumentArity.ZeroOrMore);
        var all = new Option<bool>("--all") { Description = "Every image that is here" };
        var command = context.Client("verify", "Compare images' bytes with their digests; ends with 1 if one is damaged", names, all, context.Format);
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(names) is { Length: > 0 }))
            {
                result.AddError("name images, or give --all");
            }
        });
        context.SetAction(command, async (parse, connection) =>
        {
            var terminal = context.Terminal;
            var chosen = parse.GetValue(all)
                ? (await ImagePages.AllAsync(connection, terminal.Interrupted)).Where(image => image.State is ImageState.Ready or ImageState.Unspecified).Select(image => image.Name)
                : parse.GetValue(names)!.Distinct();
            var outcomes = await StageDisplay.RunAsync(terminal, display => RunAsync(terminal, connection, [.. chosen], display));
            return Report(terminal, context.Printer(parse), outcomes);
        });
        return command;
    }

    // One after another: a disk reads no faster when several want something of it.
    private static async Task<List<(string Name, VerifyImageResponse? Response, FaultException? Fault)>> RunAsync(
        Terminal terminal, ControllerConnection connection, IReadOnlyList<string> names, IStageDisplay display)
    {
        var outcomes = new List<(string, VerifyImageResponse?, FaultException?)>();
        foreach (var name in names)
        {
            try
            {
                outcomes.Add((name, await VerifyAsync(terminal, connection, name, display), null));
            }
            catch (Exception e) when (connection.FaultOf(e) is { } fault && !terminal.IsInterrupted)
            {
                outcomes.Add((name, null, fault));
            }
        }

        return outcomes;
    }

    private static async Task<VerifyImageResponse> VerifyAsync(Terminal terminal, ControllerConnection connection, string name, IStageDisplay display)
    {
        using var call = connection.Images.VerifyImage(new VerifyImageRequest { Name = name }, Limits.In(Limits.Upload, terminal.Interrupted));
        var last = new VerifyImageResponse();
        await foreach (var response in call.ResponseStream.ReadAllAsync(terminal.Interrupted))
        {
            last = response;
            if (response.Progress is { } progress)
            {
                display.Show(name, "reading", progress.DoneBytes, progress.TotalBytes);
            }
        }

        return last.Verdict != ImageVerdict.Unspecified
            ? last
            : throw new FaultException(FaultCode.Unavailable, $"the controller stopped reading {name} before the end: try again");
    }

    private static int Report(Terminal terminal, Printer printer, List<(string Name, VerifyImageResponse? Response, FaultException? Fault)> outcomes)
    {
        var exitCode = ExitCode.Success;
        foreach (var (name, response, fault) in outcomes)
        {
            if (fault is not null)
            {
                FaultText.Write(terminal, fault, name);
                exitCode = ExitCode.Worse(exitCode, ExitCode.Of(fault.Code));
            }
            else if (response!.Verdict != ImageVerdict.Sound)
            {
                exitCode = ExitCode.Worse(exitCode, ExitCode.Failure);
            }
        }

        var verdicts = outcomes.Where(outcome => outcome.Response is not null).ToList();
        printer.Node(
            () => new JsonArray([.. verdicts.Select(outcome => (JsonNode)new JsonObject
            {
                ["name"] = outcome.Name,
                ["verdict"] = ProtoJson.Of(outcome.Response!)["verdict"]?.DeepClone(),
                ["message"] = outcome.Response!.Message,
            })]),
            _ =>
            {
                foreach (var (name, response, _) in verdicts)
                {
                    terminal.Out.Write($"{name}: {Word(response!.Verdict)}{(response.Message.Length > 0 ? $": {Plain.Line(response.Message)}" : "")}\n");
                }
            });
        return exitCode;
    }

    private static string Word(ImageVerdict verdict) => verdict switch
    {
        ImageVerdict.Unspecified => "unknown",
        ImageVerdict.Sound => "sound",
        ImageVerdict.Damaged => "DAMAGED",
        ImageVerdict.Missing => "MISSING",
    };
}
