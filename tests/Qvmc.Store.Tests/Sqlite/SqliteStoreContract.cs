using Qvmc.Store.Sqlite;

namespace Qvmc.Store.Tests.Sqlite;

public sealed class SqliteStoreContract : StoreContract, IDisposable
{
    private const int JournalLength = 500;
    private readonly TestDirectory _directory = new();

    protected override Task<IStore> OpenAsync() =>
        Task.FromResult<IStore>(SqliteStore.Open(_directory.File("store.db"), new SqliteStoreOptions { JournalLength = JournalLength }));

    protected override Task ForgetAsync(IStore store) =>
        Task.WhenAll(Enumerable.Range(0, JournalLength).Select(i => store.PutAsync($"~{i}", "").AsTask()));

    public void Dispose() => _directory.Dispose();
}
