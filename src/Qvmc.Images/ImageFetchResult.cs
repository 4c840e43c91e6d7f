namespace Qvmc.Images;

/// <summary>What a fetch brought.</summary>
/// <param name="Blob">The image; null: the source still has what is here.</param>
/// <param name="Url">Which of the URLs it came from.</param>
/// <param name="Checksum">The publisher's checksum that its bytes were found to have; null: there was none.</param>
/// <param name="Version">
/// Where there was no checksum: what the source itself tells versions apart by, to be given to the next fetch; null: nothing.
/// </param>
public sealed record ImageFetchResult(ImageBlob? Blob, Uri Url, Checksum? Checksum, string? Version = null);
