using System.CommandLine;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image delete</c>.</summary>
internal static class ImageDeleteVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var names = ImageOptions.Names(context, ArgumentArity.OneOrMore);
        var command = context.Client("delete", "Delete images that no instance uses", names);
        command.Aliases.Add("rm");
        context.SetAction(command, async (parse, connection) =>
        {
            var outcomes = await NameRun.EachAsync(connection, [.. parse.GetRequiredValue(names).Distinct()], async name =>
            {
                await connection.Images.DeleteImageAsync(new DeleteImageRequest { Name = name }, Limits.In(Limits.Quick, CancellationToken.None));
                return NameOutcome.Done(name, null, $"{name}: deleted");
            });
            return NameRun.Report(context.Terminal, new Printer(context.Terminal, OutputFormat.Table), outcomes, isSingle: false);
        });
        return command;
    }
}
