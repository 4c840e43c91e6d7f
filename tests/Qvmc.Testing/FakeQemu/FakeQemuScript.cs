using System.Text.Json.Nodes;

namespace Qvmc.Testing;

/// <summary>How a <see cref="FakeQemu"/> begins with each client.</summary>
public sealed record FakeQemuScript
{
    /// <summary>Completes when the greeting may go out. At once, unless told otherwise.</summary>
    public Task GreetingHold { get; init; } = Task.CompletedTask;

    /// <summary>Sent before the greeting, as it is.</summary>
    public string BeforeGreeting { get; init; } = "";

    /// <summary>The greeting; null for none.</summary>
    public JsonObject? Greeting { get; init; } = (JsonObject)JsonNode.Parse(
        """{"QMP": {"version": {"qemu": {"micro": 3, "minor": 2, "major": 9}, "package": "fake"}, "capabilities": ["oob"]}}""")!;

    /// <summary>Run state at the start: as with <c>-S</c>.</summary>
    public string Status { get; init; } = "prelaunch";

    /// <summary>Whether the guest shuts down when it is asked by ACPI.</summary>
    public bool GuestHeedsPowerdown { get; init; } = true;
}
