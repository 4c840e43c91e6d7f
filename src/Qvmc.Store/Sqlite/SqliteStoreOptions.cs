namespace Qvmc.Store.Sqlite;

/// <summary>How a <see cref="SqliteStore"/> is kept.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>How many of the latest writes are kept for watches to continue from. At least 1.</summary>
    public int JournalLength { get; init; } = 10_000;

    /// <summary>Revisions of a store that is made go on from here: after those of the one that it replaces.</summary>
    public long StartRevision { get; init; }

    /// <summary>How long a write waits for another program that has locked the database (a backup, the sqlite3 shell).</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After how many pages SQLite moves its log into the database; null: SQLite's own 1000. For tests.</summary>
    internal int? CheckpointPages { get; init; }

    /// <summary>The schema, for tests of its migration.</summary>
    internal SqliteSchema Schema { get; init; } = SqliteSchema.Current;
}
