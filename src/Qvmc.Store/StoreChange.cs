namespace Qvmc.Store;

/// <summary>A write. <paramref name="Value"/> is null when the key was deleted.</summary>
public sealed record StoreChange(string Key, ReadOnlyMemory<byte>? Value, long Revision);
