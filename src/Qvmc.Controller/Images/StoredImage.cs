using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Images;

/// <summary>An image's record and the store's revision of it.</summary>
internal sealed record StoredImage(ImageRecord Record, long Revision);
