using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

/// <summary>An image that is to be fetched.</summary>
/// <param name="Id">What a fetch that broke off is known by: 1 to 128 of a-z, 0-9 and '-'.</param>
/// <param name="Urls">Where the same bytes are, tried in order: http, https or file.</param>
/// <param name="Checksum">What their publisher's checksum is; null: see <paramref name="ChecksumUrl"/>.</param>
/// <param name="ChecksumUrl">Where a list is that has their checksum; null, and no checksum: they are not checked.</param>
/// <param name="Format">What they are once decompressed; UNSPECIFIED: told from the bytes.</param>
/// <param name="Present">The publisher's checksum of what is here already: bytes that have it are not fetched again.</param>
/// <param name="PresentVersion">
/// What is here already, as <see cref="ImageFetchResult.Version"/> said; where no checksum tells, the source is asked whether
/// it still has that.
/// </param>
public sealed record ImageFetch(
    string Id, IReadOnlyList<Uri> Urls, Checksum? Checksum, Uri? ChecksumUrl, ImageFormat Format, Checksum? Present, string? PresentVersion = null);
