using System.Text.Json;

namespace Qvmc.Qmp;

/// <summary>Something that QEMU tells unasked (docs/interop/qmp-spec, "Asynchronous events").</summary>
/// <param name="Name">Which, e.g. <c>SHUTDOWN</c>.</param>
/// <param name="Data">Its data; an empty object when it has none. Stays valid.</param>
/// <param name="Timestamp">When it happened by the host's clock; when we received it if QEMU couldn't tell.</param>
public sealed record QmpEvent(string Name, JsonElement Data, DateTimeOffset Timestamp)
{
    private static readonly JsonElement s_noData = JsonElement.Parse("{}"u8);

    /// <summary>Reads a message that has the member "event"; null when it has another shape.</summary>
    internal static QmpEvent? From(JsonElement message, DateTimeOffset received)
    {
        if (message.Property("event", JsonValueKind.String)?.GetString() is not { } name)
        {
            return null;
        }
        var data = s_noData;
        if (message.TryGetProperty("data", out var given))
        {
            if (given.ValueKind != JsonValueKind.Object)
            {
                return null;
            }
            data = given;
        }
        return new QmpEvent(name, data, Time(message) ?? received);
    }

    private static DateTimeOffset? Time(JsonElement message)
    {
        // Both are -1 when QEMU couldn't read the clock.
        if (message.Property("timestamp", JsonValueKind.Object) is not { } timestamp
            || timestamp.Property("seconds", JsonValueKind.Number) is not { } s || !s.TryGetInt64(out var seconds)
            || timestamp.Property("microseconds", JsonValueKind.Number) is not { } us || !us.TryGetInt64(out var micros)
            || seconds < 0 || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds() - 1
            || micros is < 0 or > 999_999)
        {
            return null;
        }
        return DateTimeOffset.FromUnixTimeSeconds(seconds).AddMicroseconds(micros);
    }
}
