using System.Text.Json;

namespace Qvmc.Qmp;

/// <summary>Reads of what may have any shape.</summary>
internal static class JsonElementProperties
{
    /// <summary>The member if it is there and of that kind. The element has to be an object.</summary>
    public static JsonElement? Property(this JsonElement element, string name, JsonValueKind kind) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;
}
