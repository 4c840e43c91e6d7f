using Microsoft.Data.Sqlite;
using Qvmc.Core.Faults;
using Qvmc.Store.Sqlite;

namespace Qvmc.Store.Tests.Sqlite;

public sealed class SqliteMigrationTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    private string FilePath => _directory.File("store.db");

    [Fact]
    public async Task Newer_store_is_refused_and_left_alone()
    {
        await using (var store = SqliteStore.Open(FilePath, With("CREATE TABLE later (x)")))
        {
            await store.PutAsync("a", "1");
        }

        var before = File.ReadAllBytes(FilePath);
        var fault = Assert.Throws<FaultException>(() => SqliteStore.Open(FilePath));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("has version 3, and this program knows versions up to 2", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(FilePath));
    }

    [Fact]
    public async Task Older_store_is_backed_up_and_brought_up()
    {
        await WriteAsync("a", "1");
        await using (var store = SqliteStore.Open(FilePath, With("CREATE TABLE later (x)")))
        {
            Assert.Equal("1", await store.TextAsync("a"));
            Assert.Equal(2, (await store.PutAsync("a", "2", 1))!.Revision);
        }

        // The backup is a whole store of the old version.
        var backup = SqliteMigration.BackupPath(FilePath, 2);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(backup));
        await using var old = SqliteStore.Open(backup);
        Assert.Equal("1", await old.TextAsync("a"));
    }

    [Fact]
    public async Task Store_of_the_first_version_gets_its_checksums()
    {
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL");
            connection.Execute(SqliteSchema.Current.Steps[0]);
            connection.Execute($"""
                INSERT INTO entries VALUES ('a', x'31', 3), ('c', x'', 4);
                INSERT INTO changes VALUES (1, 'a', x'30'), (2, 'b', x'31'), (3, 'a', x'31'), (4, 'c', x''), (5, 'b', NULL);
                UPDATE meta SET value = 5;
                PRAGMA application_id = {SqliteSchema.ApplicationId};
                PRAGMA user_version = 1
                """);
        }

        for (var round = 0; round < 2; round++)
        {
            await using var store = SqliteStore.Open(FilePath);
            Assert.Equal(5 + round, store.Revision);
            Assert.Equal("1", await store.TextAsync("a"));
            Assert.Equal(["1 a=0", "2 b=1", "3 a=1", "4 c=", "5 b=(deleted)"], await store.TakeAsync("", 0, 5));
            Assert.Equal(6 + round, (await store.PutAsync($"new{round}", ""))!.Revision);
        }

        Assert.True(File.Exists(SqliteMigration.BackupPath(FilePath, 1)));
    }

    [Fact]
    public async Task Migration_that_fails_half_way_changes_nothing()
    {
        await WriteAsync("a", "1");
        Assert.Throws<FaultException>(() => SqliteStore.Open(FilePath, With("CREATE TABLE later (x)", "DELETE FROM entries; SELECT no_such_function()")));
        await using var store = SqliteStore.Open(FilePath);
        Assert.Equal("1", await store.TextAsync("a"));
    }

    [Fact]
    public async Task Revision_below_the_entries_is_damage()
    {
        await WriteAsync("a", "1");
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            connection.Execute("UPDATE meta SET value = 0");
        }

        Assert.Contains("records revision 0 and holds writes of revision 1", Assert.Throws<FaultException>(() => SqliteStore.Open(FilePath)).Message, StringComparison.Ordinal);
    }

    private async Task WriteAsync(string key, string value)
    {
        await using var store = SqliteStore.Open(FilePath);
        await store.PutAsync(key, value);
    }

    private static SqliteStoreOptions With(params string[] steps) => new() { Schema = new SqliteSchema([.. SqliteSchema.Current.Steps, .. steps]) };

    public void Dispose() => _directory.Dispose();
}
