using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Images;

/// <summary>The image that a launch uses.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Image">The image; null: it is not here.</param>
/// <param name="Pull">How to get it when it is not here.</param>
internal sealed record ImageChoice(string Name, StoredImage? Image, PullRecord? Pull);
