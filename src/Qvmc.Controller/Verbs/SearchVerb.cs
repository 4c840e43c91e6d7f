using Qvmc.Controller.Images;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images.Catalogue;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Looks into the catalogue.</summary>
internal sealed class SearchVerb(CatalogueSource source, ImageTable images)
{
    private const int MaxQuery = 1000;

    /// <summary>What the catalogue has.</summary>
    public SearchImagesResponse Run(SearchImagesRequest request)
    {
        FaultException.ThrowIfAny([.. Check(request)]);
        var found = source.Current.Search(request.Query, request.Arch.Length > 0 ? request.Arch : ImageArch.Host);
        return new SearchImagesResponse { Images = { found.Select(View) }, Warnings = { source.Warnings } };
    }

    private static IEnumerable<FieldFault> Check(SearchImagesRequest request)
    {
        if (request.Query.Length > MaxQuery)
        {
            yield return new FieldFault("query", $"has {request.Query.Length} characters: at most {MaxQuery}");
        }

        if (request.Arch.Length > 0 && !ImageArch.Is(request.Arch))
        {
            yield return new FieldFault("arch", $"{Shown.Quote(request.Arch)} is not known: use {string.Join(" or ", ImageArch.All)}, or leave it out for the controller's own");
        }
    }

    private CatalogImage View(CatalogueImage image) => new()
    {
        Name = image.Name,
        Aliases = { image.Entry.Aliases },
        Title = image.Entry.Title,
        Arch = image.File.Arch,
        SizeBytes = image.File.SizeBytes,
        DefaultUser = image.Entry.DefaultUser,
        Url = image.File.Url,
        GuestAgent = image.Entry.GuestAgent,
        Latest = image.Entry.Latest,
        Pulled = images.Find(image.Name) is not null,
        Catalog = image.Catalogue,
    };
}
