using Microsoft.Data.Sqlite;

namespace Qvmc.Store.Sqlite;

/// <summary>Short forms for statements without parameters.</summary>
internal static class SqliteText
{
    // CA2100: every text is a constant of ours or made of integers.
#pragma warning disable CA2100
    internal static SqliteCommand Command(this SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
#pragma warning restore CA2100

    internal static void Execute(this SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        command.ExecuteNonQuery();
    }

    internal static long Scalar(this SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        return command.ExecuteScalar() as long? ?? throw new SqliteException($"no row: {sql}", SQLitePCL.raw.SQLITE_CORRUPT);
    }

    internal static string ScalarText(this SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        return command.ExecuteScalar() as string ?? "";
    }
}
