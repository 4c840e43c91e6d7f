using System.CommandLine;
using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Images;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc image info</c>: of one that is here or coming, else of the catalogue.</summary>
internal static class ImageInfoVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Name of an image that is here, or of the catalogue" };
        name.CompletionSources.Add(NameCompletions.OfImagesAndCatalogue(context));
        var command = context.Client("info", "Show all about an image", name, context.Format);
        context.SetAction(command, async (parse, connection) =>
        {
            var wanted = parse.GetRequiredValue(name);
            var image = await FindAsync(connection, wanted);
            var listed = image is null ? await LookUpAsync(connection, wanted) : null;
            image ??= listed is null ? null : await FindAsync(connection, listed.Name);
            if (image is not null)
            {
                context.Printer(parse).One(image, terminal => ImageDetail.Write(terminal, image));
            }
            else if (listed is not null)
            {
                context.Printer(parse).One(listed, terminal => CatalogueText.Write(terminal, listed));
            }
            else
            {
                throw new FaultException(FaultCode.NotFound, $"there is no image \"{wanted}\", here or in the catalogue; \"qvmc image search\" shows what can be pulled");
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<Image?> FindAsync(ControllerConnection connection, string name)
    {
        try
        {
            return (await connection.Images.GetImageAsync(new GetImageRequest { Name = name }, Limits.In(Limits.Quick, CancellationToken.None))).Image;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    private static async Task<CatalogImage?> LookUpAsync(ControllerConnection connection, string reference)
    {
        var request = new SearchImagesRequest { Query = CatalogueText.Family(reference) };
        var found = await connection.Images.SearchImagesAsync(request, Limits.In(Limits.Quick, CancellationToken.None));
        return found.Images.FirstOrDefault(image => CatalogueText.IsMeant(image, reference));
    }
}
