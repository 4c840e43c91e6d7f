namespace Qvmc.Store.Sqlite;

/// <summary>Tells SQLitePCL which SQLite to call: the system's, or the one linked into the binary.</summary>
internal static class SqliteProvider
{
    private static readonly Lazy<bool> Chosen = new(() =>
    {
        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_sqlite3());
        return true;
    });

    internal static void Use() => _ = Chosen.Value;
}
