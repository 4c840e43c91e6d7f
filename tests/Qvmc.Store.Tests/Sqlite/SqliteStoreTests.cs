using Microsoft.Data.Sqlite;
using Qvmc.Core.Faults;
using Qvmc.Store.Sqlite;

namespace Qvmc.Store.Tests.Sqlite;

public sealed class SqliteStoreTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TestDirectory _directory = new();

    private string FilePath => _directory.File("store.db");

    [Fact]
    public async Task Reopened_store_has_all_and_continues_watches()
    {
        await using (var store = SqliteStore.Open(FilePath))
        {
            await store.PutAsync("a", "1");
            await store.PutAsync("b", "2");
            await store.DeleteAsync("a", 1, None);
        }

        await using var again = SqliteStore.Open(FilePath);
        Assert.Equal(3, again.Revision);
        Assert.Equal("2", await again.TextAsync("b"));
        Assert.Null(await again.GetAsync("a", None));
        Assert.Equal(["2 b=2", "3 a=(deleted)"], await again.TakeAsync("", 1, 2));
        Assert.Equal(4, (await again.PutAsync("a", "3"))!.Revision);
    }

    [Fact]
    public async Task Journal_is_bounded_on_disk_too()
    {
        await using (var store = SqliteStore.Open(FilePath, new SqliteStoreOptions { JournalLength = 3 }))
        {
            for (var i = 0; i < 10; i++)
            {
                await store.PutAsync($"{i}", "");
            }
        }

        await using var again = SqliteStore.Open(FilePath);
        Assert.Equal(["8 7=", "9 8=", "10 9="], await again.TakeAsync("", 7, 3));
        await Assert.ThrowsAsync<RevisionCompactedException>(() => again.TakeAsync("", 6, 1));
    }

    [Fact]
    public async Task Watch_beyond_memory_reads_the_journal()
    {
        await using var store = SqliteStore.Open(FilePath);
        const int count = StoreState.MaxTail + 700;
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => store.PutAsync($"{i}", "").AsTask()));
        var lines = await store.TakeAsync("", 0, count);
        Assert.Equal(Enumerable.Range(1, count), lines.Select(l => int.Parse(l[..l.IndexOf(' ', StringComparison.Ordinal)])));
    }

    [Fact]
    public async Task Files_are_the_owners_alone()
    {
        var directory = _directory.File("new/er");
        await using var store = SqliteStore.Open(Path.Combine(directory, "store.db"));
        await store.PutAsync("a", "1");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        var files = Directory.GetFiles(directory);
        Assert.Contains(files, f => f.EndsWith("-wal", StringComparison.Ordinal));
        Assert.All(files, f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
    }

    [Fact]
    public async Task Second_opener_in_the_same_process_is_refused_too()
    {
        await using (SqliteStore.Open(FilePath))
        {
            Assert.Equal(FaultCode.FailedPrecondition, Assert.Throws<FaultException>(() => SqliteStore.Open(FilePath)).Code);
        }

        await using var again = SqliteStore.Open(FilePath);
    }

    [Fact]
    public async Task Writes_wait_for_a_shell_that_holds_a_lock_and_then_say_so()
    {
        await using var store = SqliteStore.Open(FilePath, new SqliteStoreOptions { BusyTimeout = TimeSpan.FromSeconds(1) });
        using (var shell = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            shell.Open();
            shell.Execute("BEGIN IMMEDIATE");
            Assert.Null(await store.GetAsync("a", None));
            var fault = await Assert.ThrowsAsync<FaultException>(() => store.PutAsync("a", "1").AsTask());
            Assert.Equal(FaultCode.Unavailable, fault.Code);
            Assert.Contains("another program holds a lock", fault.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, (await store.PutAsync("a", "1"))!.Revision);
    }

    [Fact]
    public void File_that_is_no_database_is_named()
    {
        File.WriteAllText(FilePath, new string('x', 5000));
        var fault = Assert.Throws<FaultException>(() => SqliteStore.Open(FilePath));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains($"the store {FilePath} is damaged", fault.Message, StringComparison.Ordinal);
        Assert.Equal(5000, new FileInfo(FilePath).Length);
    }

    [Fact]
    public async Task Damaged_page_is_found_at_open()
    {
        await using (var store = SqliteStore.Open(FilePath))
        {
            await Task.WhenAll(Enumerable.Range(0, 500).Select(i => store.PutAsync($"{i}", new string('v', 200)).AsTask()));
        }

        using (var file = File.OpenWrite(FilePath))
        {
            file.Seek(4096 * 5, SeekOrigin.Begin);
            file.Write(Enumerable.Repeat((byte)0xa5, 4096).ToArray());
        }

        var fault = Assert.Throws<FaultException>(() => SqliteStore.Open(FilePath));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("qvmc recover", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Database_of_another_program_is_refused_and_left_alone()
    {
        using (var other = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            other.Open();
            other.Execute("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
        }

        var before = File.ReadAllBytes(FilePath);
        Assert.Contains("another program", Assert.Throws<FaultException>(() => SqliteStore.Open(FilePath)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(FilePath));
    }

    public void Dispose() => _directory.Dispose();
}
