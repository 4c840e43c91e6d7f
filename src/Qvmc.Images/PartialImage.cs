namespace Qvmc.Images;

/// <summary>The rest of an image that did not come in, on which nobody is at work.</summary>
/// <param name="Path">Where it is. Absolute.</param>
/// <param name="Name">Its name in the directory: <c>pull-ID</c>, <c>upload-ID</c>, or <c>add-...</c> after a crash.</param>
/// <param name="Bytes">Room that it takes.</param>
/// <param name="LastWrite">When the last of them came.</param>
public sealed record PartialImage(string Path, string Name, long Bytes, DateTimeOffset LastWrite);
