using System.CommandLine.Completions;
using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>Names that the controller knows, for the shell's completion. Whatever goes wrong: none.</summary>
internal static class NameCompletions
{
    // Somebody waits at his prompt.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Names of instances.</summary>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> OfInstances(VerbContext context) => completion => Ask(context, completion, connection =>
        connection.Instances.List(new ListRequest { PageSize = 1000 }, Limits.In(Limit, CancellationToken.None)).Instances.Select(instance => instance.Name));

    /// <summary>Names of images.</summary>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> OfImages(VerbContext context) => completion => Ask(context, completion, connection =>
        connection.Images.ListImages(new ListImagesRequest { PageSize = 1000 }, Limits.In(Limit, CancellationToken.None)).Images.Select(image => image.Name));

    private static IEnumerable<CompletionItem> Ask(VerbContext context, CompletionContext completion, Func<ControllerConnection, IEnumerable<string>> ask)
    {
        try
        {
            using var connection = context.Connect(completion.ParseResult);
            return [.. ask(connection)
                .Where(name => name.StartsWith(completion.WordToComplete, StringComparison.Ordinal))
                .Select(name => new CompletionItem(name))];
        }
        catch (Exception e) when (e is RpcException or UriFormatException or Core.Faults.FaultException or ArgumentException)
        {
            return [];
        }
    }
}
