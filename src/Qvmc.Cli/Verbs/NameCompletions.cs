using System.CommandLine;
using System.CommandLine.Completions;
using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Images;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>Names that the controller knows, for the shell's completion. Whatever goes wrong: none.</summary>
internal static class NameCompletions
{
    /// <summary>Names of instances.</summary>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> OfInstances(VerbContext context) => completion => Ask(context, completion, (connection, options) =>
        connection.Instances.List(new ListRequest { PageSize = 1000 }, options).Instances.Select(instance => instance.Name));

    /// <summary>The argument that names an instance.</summary>
    public static Argument<string> Instance(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the instance" };
        name.CompletionSources.Add(OfInstances(context));
        return name;
    }

    /// <summary>Names of images.</summary>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> OfImages(VerbContext context) => completion => Ask(context, completion, (connection, options) =>
        Images(connection, options).Select(image => image.Name));

    /// <summary>Names of images, names and aliases of the catalogue.</summary>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> OfImagesAndCatalogue(VerbContext context) => completion => Ask(context, completion, (connection, options) =>
        Images(connection, options).Select(image => image.Name).Concat(Catalogue(connection, options)));

    /// <summary>Names and aliases of the catalogue.</summary>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> OfCatalogue(VerbContext context) => completion => Ask(context, completion, Catalogue);

    /// <summary>Whatever an instance can be launched from: names of images that are here, names and aliases of the catalogue.</summary>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> OfReferences(VerbContext context) => completion => Ask(context, completion, (connection, options) =>
        Images(connection, options)
            .Where(image => image.Format != ImageFormat.Iso)
            .Select(image => image.Name)
            .Concat(Catalogue(connection, options)));

    /// <summary>Names of networks.</summary>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> OfNetworks(VerbContext context) => completion => Ask(context, completion, Networks);

    /// <summary>Names of networks, and the one that is none.</summary>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> OfNetworksOrNone(VerbContext context) => completion => Ask(context, completion, (connection, options) =>
        Networks(connection, options).Append(NicRules.None));

    private static IEnumerable<Image> Images(ControllerConnection connection, CallOptions options) =>
        connection.Images.ListImages(new ListImagesRequest { PageSize = 1000 }, options).Images;

    private static IEnumerable<string> Networks(ControllerConnection connection, CallOptions options) =>
        connection.Networks.ListNetworks(new ListNetworksRequest(), options).Networks.Select(network => network.Name);

    private static IEnumerable<string> Catalogue(ControllerConnection connection, CallOptions options)
    {
        try
        {
            return [.. connection.Images.SearchImages(new SearchImagesRequest(), options).Images
                .SelectMany(image => CatalogueText.OtherNames(image).Append(image.Name))];
        }
        catch (RpcException)
        {
            // What is here can be completed without it.
            return [];
        }
    }

    private static IEnumerable<CompletionItem> Ask(VerbContext context, CompletionContext completion, Func<ControllerConnection, CallOptions, IEnumerable<string>> ask)
    {
        try
        {
            using var connection = context.Connect(completion.ParseResult);
            return [.. ask(connection, Limits.In(context.Terminal.PromptPatience, CancellationToken.None))
                .Where(name => name.StartsWith(completion.WordToComplete, StringComparison.Ordinal))
                .Distinct()
                .Select(name => new CompletionItem(name))];
        }
        catch (Exception e) when (e is RpcException or UriFormatException or Core.Faults.FaultException or ArgumentException)
        {
            return [];
        }
    }
}
