using Qvmc.Core.Faults;
using Qvmc.Core.Instances;

namespace Qvmc.Images.Catalogue;

/// <summary>
/// What somebody means by a reference to an image, in this order: the name of one that is here; the digest of one that
/// is here, or a beginning of it; a name or alias of the catalogue; of a name without a version, or with ":latest", the
/// image of that name that came last.
/// </summary>
public static class ImageReference
{
    /// <summary>Fewest digits of a digest that count as a beginning of it.</summary>
    public const int MinDigits = 8;

    private const string DigestPrefix = "sha256:";
    private const string Latest = ":latest";
    private const int MostDigits = 64;
    private const int MostSuggestions = 3;

    /// <summary>The fault of a reference as such, or null. Whatever can be a name can be a reference, and nothing else.</summary>
    public static FieldFault? Check(string reference, string field = "name") => reference.Length == 0
        ? new FieldFault(field, "is missing: give a name (\"debian:12\"), or a digest (\"sha256:...\") or the beginning of one")
        : ImageName.Check(reference, field);

    /// <summary>What it means.</summary>
    /// <param name="reference">One that <see cref="Check"/> finds nothing wrong with.</param>
    /// <param name="here">The images that are here.</param>
    /// <param name="catalogue">The images that can be pulled.</param>
    /// <param name="arch">For which processor: "x86_64" or "aarch64".</param>
    /// <exception cref="FaultException">
    /// Nothing (NOT_FOUND, with what may have been meant), or a digest's beginning that several have (INVALID_ARGUMENT).
    /// </exception>
    public static ImageMatch Resolve(string reference, IReadOnlyCollection<LocalImage> here, ImageCatalogue catalogue, string arch) =>
        Find(reference, here, catalogue, arch) ?? throw Missing(reference, here, catalogue, arch);

    /// <summary>What it means; null: nothing.</summary>
    /// <inheritdoc cref="Resolve"/>
    public static ImageMatch? Find(string reference, IReadOnlyCollection<LocalImage> here, ImageCatalogue catalogue, string arch)
    {
        if ((ByName(reference, here) ?? ByDigest(reference, here)) is { } local)
        {
            return new ImageMatch(local, null);
        }

        if (catalogue.Find(reference, arch) is { } image)
        {
            return new ImageMatch(ByName(image.Name, here), image);
        }

        return Newest(reference, here) is { } newest ? new ImageMatch(newest, null) : null;
    }

    private static LocalImage? ByName(string name, IEnumerable<LocalImage> here) => here.FirstOrDefault(image => image.Name == name);

    private static LocalImage? ByDigest(string reference, IEnumerable<LocalImage> here)
    {
        if (!IsDigits(reference, out var digits))
        {
            return null;
        }

        // Several names of the same bytes are no doubt about which bytes are meant.
        var found = here
            .Where(image => image.Digest.StartsWith(DigestPrefix + digits, StringComparison.Ordinal))
            .OrderBy(image => image.Name, StringComparer.Ordinal)
            .DistinctBy(image => image.Digest)
            .ToList();
        return found.Count <= 1 ? found.FirstOrDefault() : throw new FaultException(
            FaultCode.InvalidArgument,
            $"{Shown.Quote(reference)} is the beginning of {found.Count} digests: {string.Join(", ", found.Take(5).Select(image => $"{image.Digest[..(DigestPrefix.Length + Unique(found))]} ({image.Name})"))}{(found.Count > 5 ? ", ..." : "")}; give more digits, or the name");
    }

    private static LocalImage? Newest(string reference, IEnumerable<LocalImage> here)
    {
        var family = reference.EndsWith(Latest, StringComparison.Ordinal) ? reference[..^Latest.Length] : reference;
        return family.Contains(':', StringComparison.Ordinal)
            ? null
            : here
                .Where(image => image.Name.StartsWith(family + ":", StringComparison.Ordinal))
                .OrderByDescending(image => image.CreateTime).ThenBy(image => image.Name, StringComparer.Ordinal)
                .FirstOrDefault();
    }

    private static bool IsDigits(string reference, out string digits)
    {
        digits = reference.StartsWith(DigestPrefix, StringComparison.Ordinal) ? reference[DigestPrefix.Length..] : reference;
        return digits.Length is >= MinDigits and <= MostDigits && !digits.AsSpan().ContainsAnyExcept("0123456789abcdef");
    }

    // So many digits tell them apart.
    private static int Unique(List<LocalImage> images)
    {
        for (var count = MinDigits; count < MostDigits; count++)
        {
            if (images.DistinctBy(image => image.Digest[..(DigestPrefix.Length + count)]).Count() == images.Count)
            {
                return count;
            }
        }

        return MostDigits;
    }

    private static FaultException Missing(string reference, IReadOnlyCollection<LocalImage> here, ImageCatalogue catalogue, string arch)
    {
        if (catalogue.ArchesOf(reference) is [var other, ..])
        {
            return new FaultException(FaultCode.NotFound, $"the catalogue has {Shown.Quote(reference)} only for {other}, not for {arch}");
        }

        if (reference.StartsWith(DigestPrefix, StringComparison.Ordinal))
        {
            return new FaultException(FaultCode.NotFound, IsDigits(reference, out _)
                ? $"there is no image with the digest {Shown.Quote(reference)}"
                : $"there is no image {Shown.Quote(reference)}; of a digest give {MinDigits} to {MostDigits} of 0-9 and a-f");
        }

        var near = NearestName.FindAll(reference, here.Select(image => image.Name).Concat(catalogue.AllReferences(arch)), MostSuggestions);
        var remedy = near.Count > 0
            ? $"did you mean {string.Join(" or ", near.Select(Shown.Quote))}?"
            : "search the catalogue for what can be pulled, or import it";
        return new FaultException(FaultCode.NotFound, $"there is no image {Shown.Quote(reference)}, here or in the catalogue; {remedy}");
    }
}
