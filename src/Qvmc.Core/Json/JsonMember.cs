namespace Qvmc.Core.Json;

/// <summary>A member of an object.</summary>
/// <param name="Name">Its key, as written.</param>
/// <param name="Position">Where the key begins.</param>
/// <param name="Value">Its value.</param>
public readonly record struct JsonMember(string Name, JsonPosition Position, JsonSpot Value);
