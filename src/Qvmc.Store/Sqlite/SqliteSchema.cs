namespace Qvmc.Store.Sqlite;

/// <summary>
/// The tables, as the steps that lead to them: step i brings a database of version i to i + 1. A step that was
/// released is never edited; what is new is a new step.
/// </summary>
internal sealed record SqliteSchema(IReadOnlyList<string> Steps)
{
    /// <summary>PRAGMA application_id: "qvmc" in ASCII. Tells our database from any other.</summary>
    internal const int ApplicationId = 0x71766d63;

    internal static SqliteSchema Current { get; } = new(
    [
        """
        CREATE TABLE entries (
            key      TEXT    NOT NULL PRIMARY KEY,
            value    BLOB    NOT NULL,
            revision INTEGER NOT NULL
        ) STRICT;

        -- The latest writes, without a hole. A null value is a deletion.
        CREATE TABLE changes (
            revision INTEGER NOT NULL PRIMARY KEY,
            key      TEXT    NOT NULL,
            value    BLOB
        ) STRICT;

        CREATE TABLE meta (
            name  TEXT    NOT NULL PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT;

        INSERT INTO meta (name, value) VALUES ('revision', 0);
        """,
        """
        -- SQLite has no checksums of its own: see RowSum.
        ALTER TABLE entries ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE changes ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
        UPDATE entries SET sum = qvmc_sum(key, revision, value);
        UPDATE changes SET sum = qvmc_sum(key, revision, value);

        -- That of all entries together, which misses one that is gone, or is another's older self.
        INSERT INTO meta (name, value) SELECT 'sum', qvmc_all(sum) FROM entries;
        """,
    ]);

    /// <summary>PRAGMA user_version of a database that has all of it.</summary>
    internal int Version => Steps.Count;
}
