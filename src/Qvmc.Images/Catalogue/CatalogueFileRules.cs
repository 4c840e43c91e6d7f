using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Catalog.V1;

namespace Qvmc.Images.Catalogue;

/// <summary>What must hold of where an image's bytes are.</summary>
internal static class CatalogueFileRules
{
    private static readonly string[] Schemes = ["http", "https", "file"];

    public static void Check(CatalogFile file, string field, List<FieldFault> faults)
    {
        if (!ImageArch.Is(file.Arch))
        {
            faults.Add(new FieldFault($"{field}.arch", $"{Shown.Quote(file.Arch)} is not known: use {string.Join(" or ", ImageArch.All)}"));
        }

        CheckUrl(file.Url, $"{field}.url", faults);
        foreach (var (place, mirror) in file.Mirrors.Index())
        {
            CheckUrl(mirror, $"{field}.mirrors[{place}]", faults);
            if (mirror == file.Url || file.Mirrors.Take(place).Contains(mirror))
            {
                faults.Add(new FieldFault($"{field}.mirrors[{place}]", $"{Shown.Quote(mirror)} is there twice"));
            }
        }

        if (file.Checksum.Length > 0 && !Checksum.TryParse(file.Checksum, out _))
        {
            faults.Add(new FieldFault($"{field}.checksum", $"{Shown.Quote(file.Checksum)} is not a checksum: write \"sha256:\" and 64, or \"sha512:\" and 128 of 0-9 and a-f"));
        }

        if (file.ChecksumUrl.Length > 0)
        {
            CheckUrl(file.ChecksumUrl, $"{field}.checksum_url", faults);
            if (file.Checksum.Length > 0)
            {
                faults.Add(new FieldFault($"{field}.checksum_url", "is given beside checksum: use checksum for bytes that never change, checksum_url for those that are renewed"));
            }
        }
    }

    private static void CheckUrl(string text, string field, List<FieldFault> faults)
    {
        if (text.Length == 0)
        {
            faults.Add(new FieldFault(field, "is missing: give a http, https or file URL"));
        }
        else if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || !Schemes.Contains(url.Scheme) || !text.StartsWith(url.Scheme + "://", StringComparison.Ordinal))
        {
            faults.Add(new FieldFault(field, $"{Shown.Quote(text)} is not allowed: use http://HOST/PATH, https://HOST/PATH or file:///PATH"));
        }
        else if (url.UserInfo.Length > 0)
        {
            faults.Add(new FieldFault(field, "has a user's name or password in it, which everybody could read: leave that out"));
        }
        else if (url.IsFile && url.Host.Length > 0)
        {
            faults.Add(new FieldFault(field, $"{Shown.Quote(text)} names a host: write file:///PATH"));
        }
        else if (url.Fragment.Length > 0)
        {
            faults.Add(new FieldFault(field, $"{Shown.Quote(text)} has a fragment: leave what is from '#' on out"));
        }
    }
}
