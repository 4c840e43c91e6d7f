using CsCheck;
using Qvmc.Store.Sqlite;

namespace Qvmc.Store.Tests.Sqlite;

/// <summary>Random writes, deletes and reopenings beside a plain dictionary that does the same.</summary>
public sealed class SqliteModelTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TestDirectory _directory = new();
    private int _stores;

    private enum Deed
    {
        Put,
        Delete,
        Reopen,
    }

    private enum Expect
    {
        Actual,
        Nothing,
        Stale,
    }

    [Fact]
    public Task Store_does_what_a_dictionary_with_revisions_does() =>
        Gen.Select(Gen.Frequency((6, Gen.Const(Deed.Put)), (3, Gen.Const(Deed.Delete)), (1, Gen.Const(Deed.Reopen))), Gen.Int[0, 4], Gen.Frequency((4, Gen.Const(Expect.Actual)), (1, Gen.Const(Expect.Nothing)), (1, Gen.Const(Expect.Stale))))
            .Array[1, 40]
            .SampleAsync(CompareAsync, iter: 60, threads: 2);

    private async Task CompareAsync((Deed Deed, int Key, Expect Expect)[] steps)
    {
        var path = _directory.File($"{Interlocked.Increment(ref _stores)}.db");
        var store = SqliteStore.Open(path);
        var model = new SortedDictionary<string, (string Value, long Revision)>(StringComparer.Ordinal);
        var journal = new List<string>();
        for (var i = 0; i < steps.Length; i++)
        {
            var (deed, k, expect) = steps[i];
            var key = $"k{k}";
            var actual = model.TryGetValue(key, out var held) ? held.Revision : 0;
            var expected = expect switch { Expect.Actual => actual, Expect.Nothing => 0, _ => actual + 1 };
            switch (deed)
            {
                case Deed.Put:
                    var entry = await store.PutAsync(key, $"v{i}", expected);
                    Assert.Equal(expected == actual, entry is not null);
                    if (entry is not null)
                    {
                        journal.Add($"{journal.Count + 1} {key}=v{i}");
                        model[key] = ($"v{i}", journal.Count);
                    }

                    break;
                case Deed.Delete:
                    var deleted = await store.DeleteAsync(key, expected, None);
                    Assert.Equal(actual != 0 && expected == actual, deleted);
                    if (deleted)
                    {
                        journal.Add($"{journal.Count + 1} {key}=(deleted)");
                        model.Remove(key);
                    }

                    break;
                case Deed.Reopen:
                    await store.DisposeAsync();
                    store = SqliteStore.Open(path);
                    break;
            }

            var list = await store.ListAsync("", None);
            Assert.Equal(journal.Count, list.Revision);
            Assert.Equal(model.Select(m => (m.Key, m.Value.Value, m.Value.Revision)), list.Entries.Select(e => (e.Key, StoreTexts.Text(e.Value), e.Revision)));
        }

        Assert.Equal(journal, await store.TakeAsync("", 0, journal.Count));
        await store.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();
}
