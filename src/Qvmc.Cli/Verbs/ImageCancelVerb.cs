using System.CommandLine;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Images;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image cancel</c>: ends pulls, and nothing else.</summary>
internal static class ImageCancelVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var names = ImageOptions.Names(context, ArgumentArity.OneOrMore);
        var command = context.Client("cancel", "Cancel pulls, and throw away what came so far", names);
        context.SetAction(command, async (parse, connection) =>
        {
            var outcomes = await NameRun.EachAsync(connection, [.. parse.GetRequiredValue(names).Distinct()], async name =>
            {
                await CancelAsync(connection, name);
                return NameOutcome.Done(name, null, $"{name}: its pull is cancelled");
            });
            return NameRun.Report(context.Terminal, new Printer(context.Terminal, OutputFormat.Table), outcomes, isSingle: false);
        });
        return command;
    }

    /// <summary>Cancels a pull; refuses where that would take an image away that is here.</summary>
    public static async Task CancelAsync(ControllerConnection connection, string name)
    {
        var image = (await connection.Images.GetImageAsync(new GetImageRequest { Name = name }, Limits.In(Limits.Quick, CancellationToken.None))).Image;
        if (!ImageText.IsComing(image))
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"image \"{name}\" is not being pulled{(image.State == ImageState.Failed ? $": its pull has failed; \"qvmc image delete {name}\" forgets it" : "")}");
        }

        if (image.Digest.Length > 0)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"image \"{name}\" is here, and only newer bytes of it are coming: let them, or delete the image");
        }

        await connection.Images.DeleteImageAsync(new DeleteImageRequest { Name = name }, Limits.In(Limits.Quick, CancellationToken.None));
    }
}
