using System.Text.Json.Nodes;

namespace Qvmc.Testing;

/// <summary>A command as a scripted server received it.</summary>
/// <param name="Name">The value of "execute".</param>
/// <param name="Arguments">Its arguments; empty when it has none.</param>
/// <param name="Id">Its id; null when it has none.</param>
public sealed record ScriptedCommand(string Name, JsonObject Arguments, JsonNode? Id)
{
    /// <summary>An argument as text; null when it is missing.</summary>
    public string? Text(string argument) => Arguments[argument]?.GetValue<string>();
}
