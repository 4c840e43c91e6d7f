namespace Qvmc.Images.Catalogue;

/// <summary>An image that is here, as far as a reference can mean it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Digest"><c>sha256:...</c>; empty: its bytes are still coming.</param>
/// <param name="CreateTime">When it came.</param>
public sealed record LocalImage(string Name, string Digest, DateTimeOffset CreateTime);
