using CsCheck;
using Qvmc.Store.Sqlite;

namespace Qvmc.Store.Tests.Sqlite;

/// <summary>What a crash of the host can leave of the write-ahead log: a part of it, or a part that is not what was written.</summary>
public sealed class SqliteWalTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    [Fact]
    public async Task Store_with_a_torn_log_is_the_store_at_an_earlier_revision()
    {
        const int writes = 60;
        var original = _directory.File("store.db");
        await using var store = SqliteStore.Open(original);
        for (var i = 1; i <= writes; i++)
        {
            await store.PutAsync($"{i}", $"value {i}");
        }

        var database = File.ReadAllBytes(original);
        var log = File.ReadAllBytes(original + "-wal");
        var copies = 0;
        var seen = new HashSet<long>();
        await Gen.Select(Gen.Int[0, log.Length], Gen.Bool, Gen.Byte).SampleAsync(
            async (at, truncate, noise) =>
            {
                var path = _directory.File($"copy{Interlocked.Increment(ref copies)}.db");
                File.WriteAllBytes(path, database);
                File.WriteAllBytes(path + "-wal", truncate ? log[..at] : [.. log[..at], .. log[at..].Select(b => (byte)(b ^ noise ^ 0x5a))]);
                await using var copy = SqliteStore.Open(path);
                lock (seen)
                {
                    seen.Add(copy.Revision);
                }

                var entries = (await copy.ListAsync("", CancellationToken.None)).Entries;
                Assert.Equal(copy.Revision, entries.Count);
                Assert.All(entries, e => Assert.True(e.Revision <= copy.Revision && StoreTexts.Text(e.Value) == $"value {e.Revision}"));
                Assert.Equal(copy.Revision + 1, (await copy.PutAsync("after", ""))!.Revision);
            },
            iter: 40,
            threads: 2);
        Assert.True(seen.Count > 5, "the tears did not lead to different revisions");
    }

    public void Dispose() => _directory.Dispose();
}
