using System.Globalization;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;

namespace Qvmc.Store.Sqlite;

/// <summary>
/// Puts a new store in the place of one that is lost. Held, it keeps the controller from starting; nothing is deleted: what
/// was there is moved aside.
/// </summary>
/// <remarks>
/// A crash in between leaves what was there before, or no store and its mark, which no controller takes for a new
/// beginning: it can be tried again.
/// </remarks>
public sealed class StoreReplacement : IDisposable
{
    private static readonly string[] Suffixes = ["-wal", "-shm", "-journal", ""];

    private readonly string _path;
    private readonly StoreLock _lock;

    private StoreReplacement(string path, StoreLock held) => (_path, _lock) = (path, held);

    /// <summary>Begins.</summary>
    /// <param name="path">The store's file.</param>
    /// <exception cref="FaultException">A controller runs on it (FAILED_PRECONDITION), or there is no such directory (NOT_FOUND).</exception>
    public static StoreReplacement Begin(string path)
    {
        path = Path.GetFullPath(path);
        try
        {
            return new StoreReplacement(path, StoreLock.Take(path));
        }
        catch (DirectoryNotFoundException e)
        {
            throw new FaultException(FaultCode.NotFound, $"there is no directory {Path.GetDirectoryName(path)}: make it, or name the controller's state_directory", inner: e);
        }
    }

    /// <summary>What is there: null, nothing; else what a controller would say of it, which is empty when it is sound.</summary>
    /// <remarks>Finds out on a copy, so that nothing is changed.</remarks>
    public async Task<string?> ExamineAsync()
    {
        var copy = Directory.CreateTempSubdirectory("qvmc-store-");
        try
        {
            string[] present = [.. Suffixes.Append(AcknowledgedMark.PathOf("")).Where(s => s != "-shm" && File.Exists(_path + s))];
            var target = Path.Combine(copy.FullName, Path.GetFileName(_path));
            foreach (var suffix in present)
            {
                File.Copy(_path + suffix, target + suffix);
            }

            if (!present.Contains(""))
            {
                return null;
            }

            await using var store = SqliteStore.Open(target);
            return "";
        }
        catch (FaultException e)
        {
            return e.Message.Replace(copy.FullName, Path.GetDirectoryName(_path), StringComparison.Ordinal);
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    /// <summary>Fills a new store and puts it in place, for the owner of its directory.</summary>
    /// <param name="fill">Writes what is to be in it.</param>
    /// <param name="now">Names the directory for what was there.</param>
    /// <returns>That directory; null: nothing was there.</returns>
    public async Task<string?> ReplaceAsync(Func<IStore, Task> fill, DateTimeOffset now)
    {
        var directory = Path.GetDirectoryName(_path)!;
        var making = Path.Combine(directory, "recovering");
        if (Directory.Exists(making))
        {
            Directory.Delete(making, recursive: true);
        }

        long start;
        using (var mark = AcknowledgedMark.Open(_path))
        {
            start = mark.Revision;
        }

        var made = Path.Combine(making, "store.db");
        await using (var store = SqliteStore.Open(made, new SqliteStoreOptions { StartRevision = start }))
        {
            await fill(store);
        }

        var (user, group) = FileOwner.Of(directory);
        foreach (var path in (string[])[made, _path + ".lock", AcknowledgedMark.PathOf(_path)])
        {
            FileOwner.Change(path, user, group);
        }

        var aside = MoveAside(directory, now);
        File.Move(made, _path);
        DurableDirectory.Sync(directory);
        Directory.Delete(making, recursive: true);
        return aside;
    }

    /// <summary>Lets the controller start again.</summary>
    public void Dispose() => _lock.Dispose();

    private string? MoveAside(string directory, DateTimeOffset now)
    {
        string[] present = [.. Suffixes.Where(s => File.Exists(_path + s))];
        if (present.Length == 0)
        {
            return null;
        }

        var aside = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"store.lost-{now.UtcDateTime:yyyyMMdd'T'HHmmss.fff'Z'}"));
        Directory.CreateDirectory(aside, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // The log first: without it the database is an older one, which the mark gives away; the log alone is nothing.
        foreach (var suffix in present)
        {
            File.Move(_path + suffix, Path.Combine(aside, Path.GetFileName(_path) + suffix));
        }

        DurableDirectory.Sync(aside);
        DurableDirectory.Sync(directory);
        return aside;
    }
}
