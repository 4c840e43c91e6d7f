using Microsoft.Data.Sqlite;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using static SQLitePCL.raw;

namespace Qvmc.Store.Sqlite;

/// <summary>
/// The connection that loads and writes. Belongs to one thread at a time.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    internal const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly WriteStatements _statements;

    /// <summary>Opens a database whose schema is current.</summary>
    /// <exception cref="SqliteException">It can't be opened.</exception>
    internal SqliteDatabase(string path, SqliteStoreOptions options)
    {
        _path = path;
        _connection = Connect(path, options.BusyTimeout);
        if (options.CheckpointPages is { } pages)
        {
            _connection.Execute($"PRAGMA wal_autocheckpoint = {pages}");
        }

        _statements = new WriteStatements(_connection);
    }

    /// <summary>Connects so that a commit is on the disk when it returns.</summary>
    internal static SqliteConnection Connect(string path, TimeSpan busyTimeout)
    {
        SqliteProvider.Use();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            // Seconds; while it lasts a locked database is tried again.
            DefaultTimeout = Math.Max(1, (int)busyTimeout.TotalSeconds),
        }.ToString());
        try
        {
            connection.Open();
            // fullfsync: on macOS plain fsync leaves the data in the drive's cache. Elsewhere it has no effect.
            connection.Execute("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; PRAGMA trusted_schema = OFF");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>All that is in it.</summary>
    /// <exception cref="FaultException">It is not what was written.</exception>
    internal StoreState Load(int journalLength)
    {
        using var transaction = _connection.BeginTransaction(deferred: true);
        var revision = _connection.Scalar("SELECT value FROM meta WHERE name = 'revision'");
        var sum = _connection.Scalar("SELECT value FROM meta WHERE name = 'sum'");
        var entries = new List<StoreEntry>();
        using (var command = _connection.Command("SELECT key, value, revision, sum FROM entries"))
        using (var rows = command.ExecuteReader())
        {
            while (rows.Read())
            {
                var entry = new StoreEntry(rows.GetString(0), rows.GetFieldValue<byte[]>(1), rows.GetInt64(2));
                if (RowSum.Of(entry) != rows.GetInt64(3))
                {
                    throw SqliteFaults.Damaged(_path, $"the record {entry.Key} is not what was written");
                }

                entries.Add(entry);
            }
        }

        var state = StoreState.Load(entries, revision, journalLength);
        return state.Sum == sum ? state : throw SqliteFaults.Damaged(_path, "records are missing, or are older ones than were written");
    }

    /// <summary>Makes the changes durable, all or none.</summary>
    /// <param name="changes">They, in order.</param>
    /// <param name="sum">The checksum of all entries after them.</param>
    /// <param name="journalLength">How many of the latest are kept in the journal.</param>
    /// <exception cref="SqliteException">None of them was made.</exception>
    internal void Commit(IReadOnlyList<StoreChange> changes, long sum, int journalLength)
    {
        try
        {
            _statements.Begin();
            FaultPoint.Reach(FaultStep.StoreBegun);
            foreach (var change in changes)
            {
                _statements.Apply(change);
            }

            FaultPoint.Reach(FaultStep.StoreWritten);
            _statements.Finish(changes[^1].Revision, sum, changes[^1].Revision - journalLength);
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            // SQLite has rolled back by itself after some errors (full disk, I/O) and not after others.
            if (sqlite3_get_autocommit(_connection.Handle) == 0)
            {
                _connection.Execute("ROLLBACK");
            }

            throw;
        }
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }
}
