using System.Text.Json;

namespace Qvmc.Qmp;

/// <summary>
/// A value out of a guest's reply, which a hostile guest chose. Every read checks the type and a bound, and throws
/// <see cref="QgaProtocolException"/>.
/// </summary>
internal readonly record struct QgaReply(string Command, JsonElement Element)
{
    /// <summary>Longest text for people, in characters.</summary>
    private const int MaxText = 1024;

    /// <summary>Longest list.</summary>
    private const int MaxItems = 4096;

    public string Text(string name) => OptionalText(name) ?? throw Fault($"{name} is missing");

    public string? OptionalText(string name)
    {
        if (Member(name, JsonValueKind.String) is not { } value)
        {
            return null;
        }
        var text = value.GetString()!;
        if (text.Length > MaxText)
        {
            throw Fault($"{name} is longer than {MaxText} characters");
        }
        // It will be printed on terminals.
        return text.Any(char.IsControl) ? throw Fault($"{name} holds control characters") : text;
    }

    /// <summary>Text of a message for people, made fit to be shown.</summary>
    public string Words(string name)
    {
        var text = (Member(name, JsonValueKind.String) ?? throw Fault($"{name} is missing")).GetString()!;
        return string.Concat(text.Take(MaxText).Select(c => char.IsControl(c) ? ' ' : c));
    }

    public bool Flag(string name) => Member(name, JsonValueKind.True, JsonValueKind.False)?.GetBoolean() ?? false;

    public long Integer(string name, long min, long max) => OptionalInteger(name, min, max) ?? throw Fault($"{name} is missing");

    public long? OptionalInteger(string name, long min, long max)
    {
        if (Member(name, JsonValueKind.Number) is not { } value)
        {
            return null;
        }
        return value.TryGetInt64(out var number) && number >= min && number <= max
            ? number
            : throw Fault($"{name} is not a whole number from {min} to {max}");
    }

    public byte[] Bytes(string name)
    {
        if (Member(name, JsonValueKind.String) is not { } value)
        {
            return [];
        }
        return value.TryGetBytesFromBase64(out var bytes) ? bytes : throw Fault($"{name} is not base64");
    }

    public IReadOnlyList<QgaReply> OptionalItems(string name) =>
        Member(name, JsonValueKind.Array) is { } list ? new QgaReply(Command, list).Items() : [];

    public IReadOnlyList<QgaReply> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
        {
            throw Fault($"a list was expected, not {Element.ValueKind}");
        }
        var length = Element.GetArrayLength();
        if (length > MaxItems)
        {
            throw Fault($"a list has {length} items, more than {MaxItems}");
        }
        var command = Command;
        return [.. Element.EnumerateArray().Select(item => new QgaReply(command, item))];
    }

    public QgaProtocolException Fault(string violation) => new(Command, violation);

    private JsonElement? Member(string name, JsonValueKind kind, JsonValueKind? orKind = null)
    {
        if (Element.ValueKind != JsonValueKind.Object)
        {
            throw Fault($"an object was expected, not {Element.ValueKind}");
        }
        if (!Element.TryGetProperty(name, out var value))
        {
            return null;
        }
        return value.ValueKind == kind || value.ValueKind == orKind ? value : throw Fault($"{name} is of the wrong type: {value.ValueKind}");
    }
}
