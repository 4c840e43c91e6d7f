using Microsoft.Data.Sqlite;

namespace Qvmc.Store.Sqlite;

/// <summary>
/// Reads the journal for watchers that begin in the past or fell behind. A connection of its own: in WAL mode a
/// reader never waits for a writer's fsync, and it outlives the writer's when that is opened anew.
/// </summary>
internal sealed class JournalReader : IDisposable
{
    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly Lock _gate = new();
    private bool _disposed;

    internal JournalReader(string path, TimeSpan busyTimeout)
    {
        _path = path;
        _connection = SqliteDatabase.Connect(path, busyTimeout);
        _connection.Execute("PRAGMA query_only = ON");
    }

    /// <summary>Changes after a revision, at most <paramref name="limit"/>, in order; null when closed.</summary>
    /// <exception cref="SqliteException">The disk could not be read.</exception>
    /// <exception cref="Core.Faults.FaultException">What it holds is not what was written.</exception>
    internal List<StoreChange>? Read(long afterRevision, int limit)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return null;
            }

            using var command = _connection.Command("SELECT revision, key, value, sum FROM changes WHERE revision > $after ORDER BY revision LIMIT $limit");
            command.Parameters.AddWithValue("$after", afterRevision);
            command.Parameters.AddWithValue("$limit", limit);
            using var rows = command.ExecuteReader();
            var changes = new List<StoreChange>();
            while (rows.Read())
            {
                var value = rows.IsDBNull(2) ? default(ReadOnlyMemory<byte>?) : rows.GetFieldValue<byte[]>(2);
                var change = new StoreChange(rows.GetString(1), value, rows.GetInt64(0));
                if (RowSum.Of(change.Key, change.Revision, change.Value) != rows.GetInt64(3))
                {
                    throw SqliteFaults.Damaged(_path, $"the change of revision {change.Revision} is not what was written");
                }

                changes.Add(change);
            }

            return changes;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _connection.Dispose();
        }
    }
}
