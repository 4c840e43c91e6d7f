using System.Text;

namespace Qvmc.Store.Tests;

/// <summary>Values as text, and waits with a limit.</summary>
internal static class StoreTexts
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    internal static ValueTask<StoreEntry?> PutAsync(this IStore store, string key, string value, long expectedRevision = 0) =>
        store.PutAsync(key, Encoding.UTF8.GetBytes(value), expectedRevision, CancellationToken.None);

    internal static async Task<string?> TextAsync(this IStore store, string key) =>
        await store.GetAsync(key, CancellationToken.None) is { } entry ? Text(entry.Value) : null;

    internal static string Text(ReadOnlyMemory<byte> value) => Encoding.UTF8.GetString(value.Span);

    internal static string Line(StoreChange change) =>
        $"{change.Revision} {change.Key}={(change.Value is { } value ? Text(value) : "(deleted)")}";

    /// <summary>The next <paramref name="count"/> changes, as lines.</summary>
    internal static async Task<List<string>> TakeAsync(this IStore store, string prefix, long afterRevision, int count)
    {
        using var limit = new CancellationTokenSource(Limit);
        var lines = new List<string>();
        if (count > 0)
        {
            await foreach (var change in store.WatchAsync(prefix, afterRevision, limit.Token))
            {
                lines.Add(Line(change));
                if (lines.Count == count)
                {
                    break;
                }
            }
        }

        return lines;
    }
}
