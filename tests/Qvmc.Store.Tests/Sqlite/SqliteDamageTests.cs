using CsCheck;
using Microsoft.Data.Sqlite;
using Qvmc.Core.Faults;
using Qvmc.Store.Sqlite;

namespace Qvmc.Store.Tests.Sqlite;

/// <summary>A database that a disk, a file system or a person has changed: never served as if it were right.</summary>
public sealed class SqliteDamageTests : IDisposable
{
    private const int Records = 120;
    private readonly TestDirectory _directory = new();

    private string FilePath => _directory.File("store.db");

    [Fact]
    public async Task Any_changed_byte_is_found_or_does_no_harm()
    {
        await FillAsync();
        var bytes = File.ReadAllBytes(FilePath);
        var copies = 0;
        var refused = 0;
        await Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Int[1, 255], Gen.Int[1, 600]).SampleAsync(
            async (at, flip, length) =>
            {
                var path = _directory.File($"copy{Interlocked.Increment(ref copies)}.db");
                var changed = bytes.ToArray();
                for (var i = at; i < Math.Min(at + length, changed.Length); i++)
                {
                    changed[i] ^= (byte)flip;
                }

                File.WriteAllBytes(path, changed);
                refused += await IsRefusedAsync(path) ? 1 : 0;
            },
            iter: 150,
            threads: 1);
        Assert.InRange(refused, 50, 150);
    }

    [Fact]
    public async Task A_single_bit_of_a_value_is_found()
    {
        await FillAsync();
        var bytes = File.ReadAllBytes(FilePath);
        var at = bytes.AsSpan().IndexOf("value of 77"u8);
        bytes[at + 9] ^= 1;
        File.WriteAllBytes(FilePath, bytes);
        var fault = Assert.Throws<FaultException>(() => SqliteStore.Open(FilePath));
        Assert.Contains("is not what was written", fault.Message, StringComparison.Ordinal);
        Assert.Contains("qvmc recover", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_cut_off_anywhere_is_refused()
    {
        await FillAsync();
        var bytes = File.ReadAllBytes(FilePath);
        foreach (var length in (int[])[0, 1, 99, 100, 512, 4095, 4096, 4097, 8192, bytes.Length / 2, bytes.Length - 4096])
        {
            File.WriteAllBytes(FilePath, bytes[..length]);
            Assert.True(await IsRefusedAsync(FilePath), $"{length} of {bytes.Length} bytes were taken for a store");
            Assert.Equal(length, new FileInfo(FilePath).Length);
        }

        File.WriteAllBytes(FilePath, bytes);
        Assert.False(await IsRefusedAsync(FilePath));
    }

    [Fact]
    public async Task A_store_that_vanished_is_not_begun_anew()
    {
        await FillAsync();
        File.Delete(FilePath);
        var fault = Assert.Throws<FaultException>(() => SqliteStore.Open(FilePath));
        Assert.Contains($"the store {FilePath} is gone or empty, and it was at revision {Records}", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(FilePath));
        File.Delete(AcknowledgedMark.PathOf(FilePath));
        await using var anew = SqliteStore.Open(FilePath);
        Assert.Equal(0, anew.Revision);
    }

    [Theory]
    [InlineData("DELETE FROM entries WHERE key = '5'")]
    [InlineData("UPDATE entries SET value = x'00' WHERE key = '5'")]
    [InlineData("UPDATE entries SET key = 'other' WHERE key = '5'")]
    [InlineData("UPDATE entries SET value = (SELECT value FROM entries WHERE key = '6'), sum = (SELECT sum FROM entries WHERE key = '6') WHERE key = '5'")]
    public async Task Records_that_others_changed_are_refused(string statement)
    {
        await FillAsync();
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            connection.Execute(statement);
        }

        Assert.Contains("is damaged", Assert.Throws<FaultException>(() => SqliteStore.Open(FilePath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_that_is_not_what_was_written_ends_the_watch()
    {
        await FillAsync();
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            connection.Execute("UPDATE changes SET value = x'00' WHERE revision = 3");
        }

        await using var store = SqliteStore.Open(FilePath);
        var fault = await Assert.ThrowsAsync<FaultException>(() => store.TakeAsync("", 0, 5));
        Assert.Contains("the change of revision 3 is not what was written", fault.Message, StringComparison.Ordinal);
    }

    // What is served must be right; what is refused says so.
    private static async Task<bool> IsRefusedAsync(string path)
    {
        try
        {
            await using var store = SqliteStore.Open(path);
            var all = await store.ListAsync("", CancellationToken.None);
            Assert.Equal(Records, all.Revision);
            Assert.Equal(
                Enumerable.Range(1, Records).Select(i => ($"{i}", $"value of {i}", (long)i)),
                all.Entries.Select(e => (e.Key, StoreTexts.Text(e.Value)[..^100], e.Revision)).OrderBy(e => e.Revision));
            return false;
        }
        catch (FaultException e)
        {
            Assert.Equal(FaultCode.FailedPrecondition, e.Code);
            return true;
        }
    }

    private async Task FillAsync()
    {
        await using var store = SqliteStore.Open(FilePath);
        for (var i = 1; i <= Records; i++)
        {
            await store.PutAsync($"{i}", $"value of {i}" + new string('.', 100));
        }
    }

    public void Dispose() => _directory.Dispose();
}
