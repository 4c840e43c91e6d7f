using Microsoft.Data.Sqlite;

namespace Qvmc.Store.Sqlite;

/// <summary>The statements of a commit, prepared once.</summary>
internal sealed class WriteStatements : IDisposable
{
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _record;
    private readonly SqliteCommand _revision;
    private readonly SqliteCommand _sum;
    private readonly SqliteCommand _trim;
    private readonly SqliteCommand _commit;

    internal WriteStatements(SqliteConnection connection)
    {
        _begin = connection.Command("BEGIN IMMEDIATE");
        _put = Prepare(connection, "INSERT OR REPLACE INTO entries (key, value, revision, sum) VALUES ($key, $value, $revision, $sum)", "$key", "$value", "$revision", "$sum");
        _delete = Prepare(connection, "DELETE FROM entries WHERE key = $key", "$key");
        _record = Prepare(connection, "INSERT INTO changes (revision, key, value, sum) VALUES ($revision, $key, $value, $sum)", "$revision", "$key", "$value", "$sum");
        _revision = Prepare(connection, "UPDATE meta SET value = $revision WHERE name = 'revision'", "$revision");
        _sum = Prepare(connection, "UPDATE meta SET value = $sum WHERE name = 'sum'", "$sum");
        _trim = Prepare(connection, "DELETE FROM changes WHERE revision <= $revision", "$revision");
        _commit = connection.Command("COMMIT");
    }

    internal void Begin() => _begin.ExecuteNonQuery();

    internal void Apply(StoreChange change)
    {
        var value = change.Value is { } bytes ? (object)bytes.ToArray() : DBNull.Value;
        var sum = RowSum.Of(change.Key, change.Revision, change.Value);
        if (change.Value is null)
        {
            Run(_delete, change.Key);
        }
        else
        {
            Run(_put, change.Key, value, change.Revision, sum);
        }

        Run(_record, change.Revision, change.Key, value, sum);
    }

    internal void Finish(long revision, long sum, long forgetUpTo)
    {
        Run(_revision, revision);
        Run(_sum, sum);
        Run(_trim, forgetUpTo);
        _commit.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var command in (ReadOnlySpan<SqliteCommand>)[_begin, _put, _delete, _record, _revision, _sum, _trim, _commit])
        {
            command.Dispose();
        }
    }

    private static SqliteCommand Prepare(SqliteConnection connection, string sql, params ReadOnlySpan<string> parameters)
    {
        var command = connection.Command(sql);
        foreach (var name in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        return command;
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        command.ExecuteNonQuery();
    }
}
