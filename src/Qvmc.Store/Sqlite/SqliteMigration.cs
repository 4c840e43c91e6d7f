using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;

namespace Qvmc.Store.Sqlite;

/// <summary>Makes a file ready to be a store: new, of this version, or brought up to it. Refuses all others unchanged.</summary>
internal static partial class SqliteMigration
{
    /// <summary>Checks the file, and migrates it when it is older.</summary>
    /// <exception cref="FaultException">It is damaged, not ours, or of a newer version.</exception>
    internal static void Run(string path, SqliteStoreOptions options, ILogger logger)
    {
        using var connection = SqliteDatabase.Connect(path, options.BusyTimeout);
        CheckOurs(path, connection);
        var version = connection.Scalar("PRAGMA user_version");
        if (version > options.Schema.Version)
        {
            throw new FaultException(
                FaultCode.FailedPrecondition,
                $"the store {path} has version {version}, and this program knows versions up to {options.Schema.Version}; "
                + $"run the newer program that wrote it, or put back the backup it made when it migrated ({BackupPath(path, options.Schema.Version)})");
        }

        CheckSound(path, connection, version);
        if (connection.ScalarText("PRAGMA journal_mode = WAL") != "wal")
        {
            throw new FaultException(
                FaultCode.FailedPrecondition,
                $"the file system of {path} can't share memory between connections (a network file system?); put the store on a local one");
        }

        if (version < options.Schema.Version)
        {
            if (version > 0)
            {
                Backup(path, connection, version);
                Migrating(logger, path, version, options.Schema.Version, BackupPath(path, version));
            }

            Migrate(connection, options, version);
        }
    }

    internal static string BackupPath(string path, long version) => $"{path}.v{version}.backup";

    private static void CheckOurs(string path, SqliteConnection connection)
    {
        var application = connection.Scalar("PRAGMA application_id");
        var tables = connection.Scalar("SELECT count(*) FROM sqlite_schema");
        if (application != SqliteSchema.ApplicationId && (application != 0 || tables != 0))
        {
            throw new FaultException(
                FaultCode.FailedPrecondition,
                $"{path} is a database of another program; name another file, or move that one away");
        }
    }

    private static void CheckSound(string path, SqliteConnection connection, long version)
    {
        var finding = connection.ScalarText("PRAGMA integrity_check(1)");
        if (finding != "ok")
        {
            throw SqliteFaults.Damaged(path, finding);
        }

        if (version > 0)
        {
            var revision = connection.Scalar("SELECT value FROM meta WHERE name = 'revision'");
            var highest = connection.Scalar("SELECT max((SELECT ifnull(max(revision), 0) FROM changes), (SELECT ifnull(max(revision), 0) FROM entries))");
            if (highest > revision)
            {
                throw SqliteFaults.Damaged(path, $"it records revision {revision} and holds writes of revision {highest}");
            }
        }
    }

    // Under another name until it is complete and on the disk (VACUUM INTO does not sync; the file is small).
    private static void Backup(string path, SqliteConnection connection, long version)
    {
        var partial = BackupPath(path, version) + ".partial";
        File.Delete(partial);
        using (var command = connection.Command("VACUUM INTO $file"))
        {
            command.Parameters.AddWithValue("$file", partial);
            command.ExecuteNonQuery();
        }

        File.SetUnixFileMode(partial, SqliteDatabase.FileMode);
        using (var file = new FileStream(partial, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Flush(flushToDisk: true);
        }

        File.Move(partial, BackupPath(path, version), overwrite: true);
        DurableDirectory.Sync(Path.GetDirectoryName(path)!);
    }

    private static void Migrate(SqliteConnection connection, SqliteStoreOptions options, long version)
    {
        var schema = options.Schema;
        RowSum.Define(connection);
        using var transaction = connection.BeginTransaction(deferred: false);
        foreach (var step in schema.Steps.Skip((int)version))
        {
            connection.Execute(step);
        }

        if (version == 0)
        {
            connection.Execute($"UPDATE meta SET value = {options.StartRevision} WHERE name = 'revision'");
        }

        connection.Execute($"PRAGMA application_id = {SqliteSchema.ApplicationId}; PRAGMA user_version = {schema.Version}");
        transaction.Commit();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{path}: migrating from version {from} to {to}; the backup is {backup}")]
    private static partial void Migrating(ILogger logger, string path, long from, int to, string backup);
}
