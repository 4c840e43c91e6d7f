using System.Text;
using Qvmc.Store.Sqlite;

namespace Qvmc.Store.Tests.Processes;

/// <summary>Writes whose outcome is known: what a store must hold at each revision, whatever power cut came after.</summary>
internal static class TracedWrites
{
    internal const int Count = 24;

    private const int BeforeReopening = 17;

    /// <summary>Few pages to a checkpoint, and a journal that is trimmed: a short run goes through everything.</summary>
    internal static readonly SqliteStoreOptions Options = new() { CheckpointPages = 8, JournalLength = 8 };

    internal static async Task RunAsync(string path, Action<string> acknowledge)
    {
        var store = SqliteStore.Open(path, Options);
        var held = new Dictionary<string, long>();
        for (var revision = 1; revision <= Count; revision++)
        {
            var (key, value) = Write(revision);
            if (value is null)
            {
                await store.DeleteAsync(key, held[key], CancellationToken.None);
            }
            else
            {
                await store.PutAsync(key, Encoding.UTF8.GetBytes(value), held.GetValueOrDefault(key), CancellationToken.None);
            }

            held[key] = value is null ? 0 : revision;
            acknowledge($"{revision}");
            if (revision == BeforeReopening)
            {
                await store.DisposeAsync();
                store = SqliteStore.Open(path, Options);
            }
        }

        await store.DisposeAsync();
    }

    /// <summary>All keys and values at a revision, in the order of keys.</summary>
    internal static IEnumerable<string> At(long revision)
    {
        var held = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 1; i <= revision; i++)
        {
            var (key, value) = Write(i);
            held.Remove(key);
            if (value is not null)
            {
                held[key] = value;
            }
        }

        return held.Select(h => $"{h.Key}={h.Value}");
    }

    // Every seventh deletes what the one before it wrote.
    private static (string Key, string? Value) Write(int revision) => revision % 7 == 0
        ? (Write(revision - 1).Key, null)
        : ($"k{revision % 9}", $"{revision}:" + new string((char)('a' + (revision % 26)), revision * 397 % 6000));
}
