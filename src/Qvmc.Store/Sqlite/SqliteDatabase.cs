using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace Qvmc.Store.Sqlite;

/// <summary>
/// The connection that loads and writes. Belongs to one thread at a time.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    internal const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SqliteConnection _connection;
    private readonly WriteStatements _statements;

    /// <summary>Opens a database whose schema is current.</summary>
    /// <exception cref="SqliteException">It can't be opened.</exception>
    internal SqliteDatabase(string path, TimeSpan busyTimeout)
    {
        _connection = Connect(path, busyTimeout);
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
    internal StoreState Load(int journalLength)
    {
        using var transaction = _connection.BeginTransaction(deferred: true);
        var revision = _connection.Scalar("SELECT value FROM meta WHERE name = 'revision'");
        var entries = new List<StoreEntry>();
        using (var command = _connection.Command("SELECT key, value, revision FROM entries"))
        using (var rows = command.ExecuteReader())
        {
            while (rows.Read())
            {
                entries.Add(new StoreEntry(rows.GetString(0), rows.GetFieldValue<byte[]>(1), rows.GetInt64(2)));
            }
        }

        return StoreState.Load(entries, revision, journalLength);
    }

    /// <summary>Makes the changes durable, all or none.</summary>
    /// <exception cref="SqliteException">None of them was made.</exception>
    internal void Commit(IReadOnlyList<StoreChange> changes, int journalLength)
    {
        try
        {
            _statements.Begin();
            foreach (var change in changes)
            {
                _statements.Apply(change);
            }

            _statements.Finish(changes[^1].Revision, changes[^1].Revision - journalLength);
        }
        catch (SqliteException)
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
