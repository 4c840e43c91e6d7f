namespace Qvmc.Controller.Images;

/// <summary>All that there is under an image's name: an image, a pull, or both.</summary>
/// <param name="Stored">The image; null while there is none.</param>
/// <param name="Pull">Its pull, under way or failed; null when there is none.</param>
internal sealed record ImageEntry(StoredImage? Stored, PullState? Pull);
