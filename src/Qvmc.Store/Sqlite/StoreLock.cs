using Qvmc.Core.Faults;

namespace Qvmc.Store.Sqlite;

/// <summary>
/// Keeps a second process out for as long as this one lives: an advisory lock (flock) on a file beside the
/// database. SQLite's own exclusive mode would do the same, but would also keep out the sqlite3 shell and backups.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private readonly FileStream _file;

    private StoreLock(FileStream file) => _file = file;

    internal static StoreLock Take(string databasePath)
    {
        var path = databasePath + ".lock";
        try
        {
            // FileShare.None is flock(LOCK_EX | LOCK_NB). The file stays: removing it would let two hold "the" lock.
            return new StoreLock(new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = SqliteDatabase.FileMode,
            }));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new FaultException(FaultCode.PermissionDenied, $"the store's lock {path} can't be opened: {e.Message}", inner: e);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException) && File.Exists(path))
        {
            throw new FaultException(
                FaultCode.FailedPrecondition,
                $"the store {databasePath} is in use by another process; only one can own it: stop the other, or use another directory",
                inner: e);
        }
    }

    public void Dispose() => _file.Dispose();
}
