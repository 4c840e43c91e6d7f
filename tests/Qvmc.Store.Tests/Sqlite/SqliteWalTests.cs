using CsCheck;
using Qvmc.Core.Faults;
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

    [Theory]
    [InlineData("cut")]
    [InlineData("garbage")]
    [InlineData("head")]
    [InlineData("gone")]
    public async Task Log_that_lost_what_was_acknowledged_is_not_served(string trouble)
    {
        var path = _directory.File("store.db");
        await using (var store = SqliteStore.Open(_directory.File("original.db")))
        {
            for (var i = 1; i <= 20; i++)
            {
                await store.PutAsync($"{i}", $"value {i}");
            }

            Copy(_directory.File("original.db"), path);
        }

        await using (var whole = SqliteStore.Open(path))
        {
            Assert.Equal(20, whole.Revision);
        }

        Copy(_directory.File("original.db"), path);
        Damage(path + "-wal", trouble);
        var before = File.ReadAllBytes(path);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var fault = Assert.Throws<FaultException>(() => SqliteStore.Open(path));
            Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
            Assert.Contains("writes up to revision 20 were acknowledged", fault.Message, StringComparison.Ordinal);
            Assert.Contains("qvmc recover", fault.Message, StringComparison.Ordinal);
        }

        // Whoever says that this is what he wants has it.
        File.Delete(AcknowledgedMark.PathOf(path));
        await using var older = SqliteStore.Open(path);
        Assert.InRange(older.Revision, 0, 19);
    }

    private void Copy(string from, string to)
    {
        foreach (var suffix in (string[])["", "-wal", ".acknowledged"])
        {
            // The kept copy: a store that is closed takes its log in.
            var kept = from + suffix + ".kept";
            if (!File.Exists(kept))
            {
                File.Copy(from + suffix, kept);
            }

            File.Copy(kept, to + suffix, overwrite: true);
        }
    }

    private static void Damage(string log, string trouble)
    {
        var bytes = File.ReadAllBytes(log);
        switch (trouble)
        {
            case "cut":
                File.WriteAllBytes(log, bytes[..(bytes.Length / 2)]);
                break;
            case "garbage":
                Random.Shared.NextBytes(bytes.AsSpan((bytes.Length / 2)..((bytes.Length / 2) + 512)));
                File.WriteAllBytes(log, bytes);
                break;
            case "head":
                Random.Shared.NextBytes(bytes.AsSpan(..32));
                File.WriteAllBytes(log, bytes);
                break;
            default:
                File.Delete(log);
                break;
        }
    }

    public void Dispose() => _directory.Dispose();
}
