namespace Qvmc.Core.Json;

/// <summary>A place in a text.</summary>
/// <param name="Line">From 1; 0: not in a text.</param>
/// <param name="Column">From 1, in characters.</param>
public readonly record struct JsonPosition(int Line, int Column)
{
    /// <summary>Of values that were never in a text.</summary>
    public static JsonPosition None => default;

    /// <summary>As compilers write it: <c>3:14</c>.</summary>
    public override string ToString() => $"{Line}:{Column}";
}
