using System.Globalization;
using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tus;

/// <summary>The headers of tus 1.0.0, and one of our own.</summary>
internal static class TusHeaders
{
    public const string Protocol = "1.0.0";
    public const string Extensions = "creation,creation-with-upload,expiration,termination";

    /// <summary>Media type of an upload's bytes.</summary>
    public const string BytesType = "application/offset+octet-stream";

    public const string Resumable = "Tus-Resumable";
    public const string Versions = "Tus-Version";
    public const string Extension = "Tus-Extension";
    public const string MaxSize = "Tus-Max-Size";
    public const string Length = "Upload-Length";
    public const string Offset = "Upload-Offset";
    public const string Metadata = "Upload-Metadata";
    public const string Expires = "Upload-Expires";
    public const string MethodOverride = "X-HTTP-Method-Override";

    /// <summary>The name of the image that the last byte made.</summary>
    public const string Image = "Qvmc-Image";

    // Parts of the protocol that are not offered. Who uses them means something that would not be done.
    private static readonly string[] NotOffered = ["Upload-Defer-Length", "Upload-Concat", "Upload-Checksum"];

    /// <summary>A header that is a number of bytes; null, and a fault, when it is not given or is no such number.</summary>
    public static long? ReadBytes(HttpRequest request, string name, List<FieldFault> faults)
    {
        var text = request.Headers[name].ToString();
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
        {
            return bytes;
        }
        faults.Add(new FieldFault(name, text.Length == 0 ? "is required: a number of bytes" : $"wants a number of bytes; got \"{text}\""));
        return null;
    }

    /// <summary>Finds fault with whatever asks for a part of the protocol that is not offered.</summary>
    public static void RefuseNotOffered(HttpRequest request, List<FieldFault> faults) =>
        faults.AddRange(NotOffered.Where(request.Headers.ContainsKey).Select(name => new FieldFault(name, $"is not offered here; there are {Extensions}")));

    /// <summary>Tells how far an upload came.</summary>
    public static void Write(HttpResponse response, Upload upload, Image? image)
    {
        response.Headers[Offset] = upload.Offset.ToString(CultureInfo.InvariantCulture);
        if (image is not null)
        {
            response.Headers[Image] = image.Name;
        }
        else if (upload.ExpireTime is { } time)
        {
            response.Headers[Expires] = time.ToDateTimeOffset().ToString("R", CultureInfo.InvariantCulture);
        }
    }
}
