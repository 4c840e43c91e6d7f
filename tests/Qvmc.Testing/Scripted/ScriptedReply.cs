using System.Text;
using System.Text.Json.Nodes;

namespace Qvmc.Testing;

/// <summary>What a scripted server does about a command.</summary>
public sealed record ScriptedReply
{
    private ScriptedReply()
    {
    }

    /// <summary>A proper reply, without its id; null when there is none.</summary>
    public JsonObject? Message { get; private init; }

    /// <summary>Bytes to send as they are.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private init; }

    /// <summary>Send only the first half of the reply.</summary>
    public bool Halved { get; private init; }

    /// <summary>Close the connection afterwards.</summary>
    public bool Closes { get; private init; }

    /// <summary>What happens after the reply was sent.</summary>
    public Func<Task>? Afterwards { get; private init; }

    /// <summary>No reply, ever.</summary>
    public static ScriptedReply Silence { get; } = new();

    /// <summary>The connection closes, without a reply.</summary>
    public static ScriptedReply Close { get; } = new() { Closes = true };

    /// <summary>Success. An empty object when nothing is given.</summary>
    public static ScriptedReply Return(JsonNode? value = null) =>
        new() { Message = new JsonObject { ["return"] = value?.DeepClone() ?? new JsonObject() } };

    /// <summary>Failure.</summary>
    public static ScriptedReply Error(string description, string errorClass = "GenericError") =>
        new() { Message = new JsonObject { ["error"] = new JsonObject { ["class"] = errorClass, ["desc"] = description } } };

    /// <summary>These bytes, which need not be JSON.</summary>
    public static ScriptedReply Raw(ReadOnlyMemory<byte> bytes) => new() { Bytes = bytes };

    /// <summary>This text, which need not be JSON.</summary>
    public static ScriptedReply Raw(string text) => Raw(Encoding.UTF8.GetBytes(text));

    /// <summary>The same, cut in the middle.</summary>
    public ScriptedReply Half() => this with { Halved = true };

    /// <summary>The same, and then this.</summary>
    public ScriptedReply Then(Func<Task> afterwards) => this with { Afterwards = afterwards };

    /// <summary>The same, and then the connection closes.</summary>
    public ScriptedReply ThenClose() => this with { Closes = true };
}
