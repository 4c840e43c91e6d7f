namespace Qvmc.Core.Json;

/// <summary>Where a field was written.</summary>
/// <param name="Path">Its path in the document's own spelling.</param>
/// <param name="Position">Where its value begins.</param>
public sealed record JsonPlace(string Path, JsonPosition Position);
