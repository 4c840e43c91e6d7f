using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Images.Catalogue;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Pulls;

/// <summary>What a request for a pull may say.</summary>
internal static class PullRules
{
    private const int MaxMirrors = 16;
    private const int MaxUrl = 4096;

    /// <summary>Every fault of a request that can be seen without knowing anything else.</summary>
    public static IReadOnlyList<FieldFault> Check(PullImageRequest request)
    {
        var faults = new List<FieldFault>();
        if (request.Url.Length == 0)
        {
            Add(faults, ImageReference.Check(request.Name));
            CheckAlone(request, faults);
            return faults;
        }

        Add(faults, ImageName.Check(request.Name));
        Add(faults, CheckUrl(request.Url, "url"));
        faults.AddRange(request.Mirrors.Select((m, i) => CheckUrl(m, $"mirrors[{i}]")).OfType<FieldFault>());
        if (request.Mirrors.Count > MaxMirrors)
        {
            faults.Add(new FieldFault("mirrors", $"has {request.Mirrors.Count} URLs: at most {MaxMirrors}"));
        }

        if (request.Digest.Length > 0 && !Checksum.TryParse(request.Digest, out _))
        {
            faults.Add(new FieldFault("digest", $"{Shown.Quote(request.Digest)} is not a checksum: write \"sha256:\" and 64, or \"sha512:\" and 128 of 0-9 and a-f"));
        }

        if (request.ChecksumUrl.Length > 0)
        {
            Add(faults, request.Digest.Length > 0
                ? new FieldFault("checksum_url", "is given beside digest: give one of them")
                : CheckUrl(request.ChecksumUrl, "checksum_url"));
        }

        if (!Enum.IsDefined(request.Format))
        {
            faults.Add(new FieldFault("format", $"{(int)request.Format} is not known: use QCOW2, RAW, VMDK, VHDX or ISO, or leave it out"));
        }

        return faults;
    }

    /// <summary>The pull of a request with a url and without faults.</summary>
    public static PullRecord Wanted(PullImageRequest request) => new()
    {
        Name = request.Name,
        Urls = { request.Url, request.Mirrors },
        Checksum = request.Digest.Length == 0 ? "" : Checksum.Parse(request.Digest).ToString(),
        ChecksumUrl = request.ChecksumUrl,
        Format = request.Format,
    };

    /// <summary>The pull of an image of the catalogue.</summary>
    public static PullRecord Wanted(CatalogueImage image) => new()
    {
        Name = image.Name,
        Urls = { image.File.Url, image.File.Mirrors },
        Checksum = image.File.Checksum.Length == 0 ? "" : Checksum.Parse(image.File.Checksum).ToString(),
        ChecksumUrl = image.File.ChecksumUrl,
        Format = image.File.Format,
        CatalogEntry = image.Name,
        DefaultUser = image.Entry.DefaultUser,
        GuestAgent = image.Entry.GuestAgent,
    };

    /// <summary>Whether one that wants the second can have the first: a catalogue may have learned of another mirror since.</summary>
    public static bool Serves(PullRecord underWay, PullRecord wanted) =>
        AreSame(underWay, wanted) || (wanted.CatalogEntry.Length > 0 && underWay.CatalogEntry == wanted.CatalogEntry);

    /// <summary>Whether two pulls fetch the same from the same places.</summary>
    public static bool AreSame(PullRecord one, PullRecord other) =>
        one.Urls.SequenceEqual(other.Urls) && one.Checksum == other.Checksum && one.ChecksumUrl == other.ChecksumUrl && one.Format == other.Format;

    private static void CheckAlone(PullImageRequest request, List<FieldFault> faults)
    {
        (string Field, bool Given)[] others =
        [
            ("mirrors", request.Mirrors.Count > 0), ("digest", request.Digest.Length > 0),
            ("checksum_url", request.ChecksumUrl.Length > 0), ("format", request.Format != ImageFormat.Unspecified),
        ];
        faults.AddRange(others.Where(o => o.Given).Select(o => new FieldFault(o.Field, "goes with a url alone: the catalogue says it of its images")));
    }

    private static FieldFault? CheckUrl(string text, string field)
    {
        if (text.Length > MaxUrl)
        {
            return new FieldFault(field, $"has {text.Length} characters: at most {MaxUrl}");
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https" or "file")
            || !text.StartsWith(url.Scheme + "://", StringComparison.Ordinal) || (url.IsFile && url.Host.Length > 0))
        {
            return new FieldFault(field, $"{Shown.Quote(text)} is not allowed: use http://HOST/PATH, https://HOST/PATH or file:///PATH");
        }

        return url.UserInfo.Length > 0
            ? new FieldFault(field, "has a user's name or password in it, which everybody could read: leave that out")
            : null;
    }

    private static void Add(List<FieldFault> faults, FieldFault? fault) => faults.AddRange(fault is null ? [] : [fault]);
}
