using Qvmc.Controller.Pulls;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images.Catalogue;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Images;

/// <summary>What references to images mean: one that is here or coming, or one of the catalogue.</summary>
internal sealed class ImageReferences(ImageTable images, CatalogueSource catalogue)
{
    /// <summary>The catalogue as it is now. Reading it may take a moment: not under a lock.</summary>
    public ImageCatalogue Catalogue => catalogue.Current;

    /// <summary>The image that is here and is meant, or NOT_FOUND.</summary>
    public StoredImage Here(string reference) =>
        ImageReference.Find(reference, [.. Stored()], ImageCatalogue.Empty, ImageArch.Host)?.Here is { } local && images.Find(local.Name) is { } image
            ? image
            : throw new FaultException(FaultCode.NotFound, images.FindPull(reference) is null
                ? $"there is no image {Shown.Quote(reference)} here"
                : $"image {Shown.Quote(reference)} is not here yet: wait until its pull has ended");

    /// <summary>The image that a launch from a reference would use, and how to get it when it is not here.</summary>
    /// <exception cref="FaultException">Nothing is meant.</exception>
    public ImageChoice Choose(string reference, ImageCatalogue known)
    {
        var match = ImageReference.Resolve(reference, [.. Stored(), .. Coming()], known, ImageArch.Host);
        var name = match.Here?.Name ?? match.Catalogue!.Name;
        return images.Find(name) is { } image ? new ImageChoice(name, image, null) : new ImageChoice(name, null, Pull(name, match.Catalogue, known));
    }

    /// <summary>What a pull of a reference without a URL fetches.</summary>
    /// <exception cref="FaultException">Nothing is meant, or something that can't be fetched again.</exception>
    public PullRecord ToPull(string reference)
    {
        var known = Catalogue;
        var match = ImageReference.Resolve(reference, [.. Stored(), .. Coming()], known, ImageArch.Host);
        var name = match.Here?.Name ?? match.Catalogue!.Name;
        return Pull(name, match.Catalogue, known) ?? throw new FaultException(
            FaultCode.FailedPrecondition,
            images.Find(name)?.Record.Source?.Url is { Length: > 0 } url
                ? $"image {Shown.Quote(name)} was pulled from {Shown.Quote(url)} and is not in the catalogue: give its url to pull it again"
                : $"image {Shown.Quote(name)} was imported and is not in the catalogue: give a url to pull it from");
    }

    // An image that came from a URL can go on from its own record alone.
    private PullRecord? Pull(string name, CatalogueImage? meant, ImageCatalogue known)
    {
        var pull = images.FindPull(name)?.Record;
        return (meant ?? known.Find(name, ImageArch.Host)) is { } image && image.Name == name && pull is null or { CatalogEntry.Length: > 0 }
            ? PullRules.Wanted(image)
            : pull;
    }

    private IEnumerable<LocalImage> Stored() => images.All.Values.Select(i => new LocalImage(i.Record.Name, i.Record.Digest, i.Record.CreateTime.ToDateTimeOffset()));

    private IEnumerable<LocalImage> Coming() => images.Pulls.Values
        .Where(p => images.Find(p.Record.Name) is null)
        .Select(p => new LocalImage(p.Record.Name, "", p.Record.CreateTime.ToDateTimeOffset()));
}
