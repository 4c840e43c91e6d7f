using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qvmc.Images.Fetching;

/// <summary>
/// What is known of the file that the bytes of a fetch are from; kept as the note of their partial file, and as the version
/// of an image that is here.
/// </summary>
/// <param name="Url">Where it was asked for.</param>
/// <param name="Place">Where it was found in the end, after redirections.</param>
/// <param name="ETag">Its strong ETag with the quotes.</param>
/// <param name="LastModified">When it was changed, to the second, if that tells it from any other (RFC 9110, 8.8.2.2).</param>
/// <param name="Total">How many bytes it has.</param>
/// <param name="Checksum">What its checksum should be.</param>
/// <param name="Pieced">Some bytes are from another place, and nobody but the checksum can say that they fit.</param>
internal sealed record RemoteFile(string Url, string Place, string? ETag, DateTimeOffset? LastModified, long? Total, Checksum? Checksum, bool Pieced)
{
    /// <summary>Whether it is from this URL, and there is something by which the source knows whether it is still the same.</summary>
    internal bool CanBeToldBy(Uri url) => Url == url.AbsoluteUri && (ETag is not null || LastModified is not null);

    internal static RemoteFile? Read(string? note)
    {
        try
        {
            return note is not null && JsonNode.Parse(note) is JsonObject o
                ? new RemoteFile(
                    (string)o["url"]!,
                    (string)o["place"]!,
                    (string?)o["etag"],
                    (long?)o["lastModified"] is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
                    (long?)o["total"],
                    Images.Checksum.TryParse((string?)o["checksum"], out var checksum) ? checksum : null,
                    (bool)o["pieced"]!)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException or NullReferenceException)
        {
            return null;
        }
    }

    internal string Write() => new JsonObject
    {
        ["url"] = Url,
        ["place"] = Place,
        ["etag"] = ETag,
        ["lastModified"] = LastModified?.ToUnixTimeSeconds(),
        ["total"] = Total,
        ["checksum"] = Checksum?.ToString(),
        ["pieced"] = Pieced,
    }.ToJsonString();

    /// <summary>
    /// Whether two answers from one place speak of two versions of the file. What an answer does not say says nothing.
    /// </summary>
    internal bool IsOtherThan(RemoteFile other) =>
        (Total is not null && other.Total is not null && Total != other.Total)
        || (Place == other.Place && ((ETag is not null && other.ETag is not null && ETag != other.ETag)
            || (LastModified is not null && other.LastModified is not null && LastModified != other.LastModified)));
}
