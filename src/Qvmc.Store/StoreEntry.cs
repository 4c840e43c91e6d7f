namespace Qvmc.Store;

/// <summary>A key, its value and the revision of the write that made it so.</summary>
public sealed record StoreEntry(string Key, ReadOnlyMemory<byte> Value, long Revision);
