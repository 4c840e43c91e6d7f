namespace Qvmc.Images.Iso;

/// <summary>A file and the sector it begins at.</summary>
internal sealed record PlacedFile(IsoFile File, int Sector);
