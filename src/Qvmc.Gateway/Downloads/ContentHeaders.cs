using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Downloads;

/// <summary>What a download says of the bytes that it brings.</summary>
internal static class ContentHeaders
{
    /// <summary>An image's etag: its digest.</summary>
    public static EntityTagHeaderValue EtagOf(Image image) => new($"\"{image.Digest}\"");

    /// <summary>Says of a response which image it is, or a part of.</summary>
    public static void WriteImage(HttpResponse response, Image image)
    {
        response.Headers.ETag = EtagOf(image).ToString();
        response.Headers.AcceptRanges = "bytes";
        // A name may come to mean other bytes: a copy is good as long as the etag is.
        response.Headers.CacheControl = "no-cache";
        // RFC 9530; of the whole, whatever part of it is sent.
        if (image.Digest.Split(':', 2) is ["sha256", var hex] && hex.Length == 64)
        {
            response.Headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(hex))}:";
        }
        WriteFile(response, image.Name.Replace(':', '-'), image.Format);
    }

    /// <summary>Says that a response is a file to be kept.</summary>
    public static void WriteFile(HttpResponse response, string name, ImageFormat format)
    {
        var end = format switch
        {
            ImageFormat.Qcow2 => ".qcow2",
            ImageFormat.Raw => ".raw",
            ImageFormat.Vmdk => ".vmdk",
            ImageFormat.Vhdx => ".vhdx",
            ImageFormat.Iso => ".iso",
            ImageFormat.Unspecified => "",
        };
        response.ContentType = "application/octet-stream";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}{end}\"";
    }

    /// <summary>Says which part of how much a response is.</summary>
    public static void WriteRange(HttpResponse response, ByteRange range, long size) =>
        response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {range.Offset}-{range.Offset + range.Length - 1}/{size}");
}
