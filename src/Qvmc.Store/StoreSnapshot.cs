namespace Qvmc.Store;

/// <summary>Entries, and the revision at which they all held.</summary>
public sealed record StoreSnapshot(IReadOnlyList<StoreEntry> Entries, long Revision);
