using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Qvmc.Gateway.Downloads;

/// <summary>A part of a file, as the header Range asks for it (RFC 9110, 14).</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">How many bytes; 0: the file has none there.</param>
internal readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>Whether a request asks for a part in a way that is served: of bytes, and of one part.</summary>
    public static bool IsAsked(HttpRequest request) => Asked(request) is not null;

    /// <summary>The part that a request asks for; null: the whole. Several parts, and what is no range, count as the whole.</summary>
    /// <param name="request">The request.</param>
    /// <param name="size">Size of the file.</param>
    /// <param name="etag">The file's etag: If-Range asks for the part only of that file.</param>
    public static ByteRange? Of(HttpRequest request, long size, EntityTagHeaderValue etag)
    {
        if (Asked(request) is not { } range || !IsSame(request, etag))
        {
            return null;
        }
        // "-5": the last five; "5-": from there on; "5-9".
        var offset = range.From ?? size - Math.Min(size, range.To!.Value);
        var end = range.From is null ? size : Math.Min(size - 1, range.To ?? size - 1) + 1;
        return new ByteRange(offset, Math.Max(0, end - offset));
    }

    private static RangeItemHeaderValue? Asked(HttpRequest request) =>
        request.Headers.Range.Count == 1 && RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var range)
        && range.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase) && range.Ranges.Count == 1
            ? range.Ranges.First()
            : null;

    private static bool IsSame(HttpRequest request, EntityTagHeaderValue etag)
    {
        var given = request.Headers.IfRange.ToString();
        return given.Length == 0 || (EntityTagHeaderValue.TryParse(given, out var wanted) && wanted.Compare(etag, useStrongComparison: true));
    }
}
