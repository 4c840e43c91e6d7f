using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;

namespace Qvmc.Store.Sqlite;

/// <summary>
/// A store in one SQLite file, owned by one process.
///
/// Writes queue up for one thread, which carries out all that wait in one transaction (group commit): each is
/// judged in turn against the state that those before it leave, and all are answered when that transaction is on
/// the disk. Callers at once so share an fsync, and none is promised more than the disk holds.
///
/// Reads come from memory: a store of instances and images is a few megabytes, and an immutable copy makes every
/// list a consistent one, without locks and without waiting for the disk. The copy is replaced after a commit, never
/// before, so nobody sees what could still be lost.
/// </summary>
public sealed partial class SqliteStore : IStore
{
    private const int MaxBatch = 256;
    private const int MaxBatchBytes = 4 << 20;
    private const int JournalPage = 256;

    // A page of the smallest size that SQLite has.
    private const int SmallestDatabase = 512;

    private readonly string _path;
    private readonly SqliteStoreOptions _options;
    private readonly ILogger _logger;
    private readonly StoreLock _lock;
    private readonly AcknowledgedMark _mark;
    private readonly Channel<PendingWrite> _queue = Channel.CreateBounded<PendingWrite>(
        new BoundedChannelOptions(4 * MaxBatch) { SingleReader = true });

    private readonly Thread _writer;
    private readonly TaskCompletionSource _writerEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly JournalReader _journal;
    private SqliteDatabase? _database;
    private volatile StoreState _state;
    private volatile bool _closed;

    private SqliteStore(
        string path, SqliteStoreOptions options, ILogger logger, StoreLock held, AcknowledgedMark mark, SqliteDatabase database, JournalReader journal, StoreState state)
    {
        (_path, _options, _logger, _lock, _mark, _database, _journal, _state) = (path, options, logger, held, mark, database, journal, state);
        _writer = new Thread(WriteLoop) { IsBackground = true, Name = "store writer" };
        _writer.Start();
    }

    /// <inheritdoc/>
    public long Revision => _state.Revision;

    /// <summary>Opens the store at <paramref name="path"/>; makes it, with its directory, when there is none.</summary>
    /// <exception cref="FaultException">
    /// In use by another process, damaged, without writes that were acknowledged, of a newer version, or of another
    /// program (FAILED_PRECONDITION); not readable (UNAVAILABLE or PERMISSION_DENIED). The message names the file and
    /// what to do.
    /// </exception>
    public static SqliteStore Open(string path, SqliteStoreOptions? options = null, ILogger? logger = null)
    {
        options ??= new SqliteStoreOptions();
        logger ??= NullLogger.Instance;
        ArgumentOutOfRangeException.ThrowIfLessThan(options.JournalLength, 1);
        path = Path.GetFullPath(path);
        StoreLock? held = null;
        AcknowledgedMark? mark = null;
        SqliteDatabase? database = null;
        JournalReader? journal = null;
        try
        {
            MakeDirectory(Path.GetDirectoryName(path)!);
            held = StoreLock.Take(path);
            mark = AcknowledgedMark.Open(path);
            if (mark.Revision > 0 && new FileInfo(path) is not { Exists: true, Length: > 0 })
            {
                throw SqliteFaults.Gone(path, mark);
            }

            // SQLite takes what can't hold a header for a database that is yet to be made.
            if (new FileInfo(path) is { Exists: true, Length: > 0 and < SmallestDatabase } stump)
            {
                throw SqliteFaults.Damaged(path, $"it has {stump.Length} bytes");
            }

            MakeFile(path);
            SqliteMigration.Run(path, options, logger);
            database = new SqliteDatabase(path, options);
            journal = new JournalReader(path, options.BusyTimeout);
            var state = database.Load(options.JournalLength);
            if (state.Revision < mark.Revision)
            {
                throw SqliteFaults.Behind(path, state.Revision, mark);
            }

            mark.Write(state.Revision);
            var store = new SqliteStore(path, options, logger, held, mark, database, journal, state);
            Opened(logger, path, store.Revision);
            return store;
        }
        catch (Exception e)
        {
            journal?.Dispose();
            database?.Dispose();
            mark?.Dispose();
            held?.Dispose();
            throw e switch
            {
                SqliteException sqlite => SqliteFaults.OfOpen(path, sqlite),
                UnauthorizedAccessException => new FaultException(FaultCode.PermissionDenied, $"the store {path} can't be opened: {e.Message}", inner: e),
                IOException => new FaultException(FaultCode.Unavailable, $"the store {path} can't be opened: {e.Message}", inner: e),
                _ => e,
            };
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Current().Find(key));
    }

    /// <inheritdoc/>
    public ValueTask<StoreSnapshot> ListAsync(string prefix, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Current().List(prefix));
    }

    /// <inheritdoc/>
    public async ValueTask<StoreEntry?> PutAsync(string key, ReadOnlyMemory<byte> value, long expectedRevision, CancellationToken ct)
    {
        StoreLimits.CheckKey(key);
        StoreLimits.CheckValue(key, value);
        var change = await WriteAsync(new PendingWrite(key, value.ToArray(), expectedRevision), ct);
        return change is null ? null : new StoreEntry(key, change.Value!.Value, change.Revision);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(string key, long expectedRevision, CancellationToken ct)
    {
        StoreLimits.CheckKey(key);
        return await WriteAsync(new PendingWrite(key, null, expectedRevision), ct) is not null;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreChange> WatchAsync(string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken ct)
    {
        var reached = afterRevision;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var state = Current();
            if (reached == state.Revision)
            {
                await state.Superseded.WaitAsync(ct);
                continue;
            }

            foreach (var change in ChangesAfter(reached, state))
            {
                reached = change.Revision;
                if (change.Key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    yield return change;
                    ct.ThrowIfCancellationRequested();
                }
            }
        }
    }

    /// <summary>Ends after the writes that wait; watches end with UNAVAILABLE.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        _queue.Writer.TryComplete();
        await _writerEnded.Task;
        _state.Supersede();
        _journal.Dispose();
        _database?.Dispose();
        _mark.Dispose();
        _lock.Dispose();
    }

    private StoreState Current() => _closed ? throw Closed() : _state;

    // Never empty: the revision asked for is not the current one. Revisions have no holes, so a first change that is
    // not the next one means that others before it are gone.
    private IEnumerable<StoreChange> ChangesAfter(long revision, StoreState state)
    {
        if (revision >= 0 && revision < state.Revision)
        {
            if (state.ChangesAfter(revision) is { } recent)
            {
                return recent;
            }

            var read = ReadJournal(revision);
            if (read.Count > 0 && read[0].Revision == revision + 1)
            {
                return read;
            }
        }

        throw new RevisionCompactedException(revision, Math.Max(1, state.Revision - _options.JournalLength + 1), state.Revision);
    }

    private List<StoreChange> ReadJournal(long afterRevision)
    {
        try
        {
            return _journal.Read(afterRevision, JournalPage) ?? throw Closed();
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.OfOpen(_path, e);
        }
    }

    private FaultException Closed() => new(FaultCode.Unavailable, $"the store {_path} is closed");

    // Others may have to get through a directory that is shared with them, so only a new one is made private; the
    // files in it are private in any case.
    private static void MakeDirectory(string path)
    {
        if (!Directory.Exists(path))
        {
            var parent = Path.GetDirectoryName(path);
            if (parent is not null)
            {
                MakeDirectory(parent);
            }

            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (parent is not null)
            {
                DurableDirectory.Sync(parent);
            }
        }
    }

    // Before SQLite does, which would follow the umask. It gives -wal and -shm the mode of this one, and syncs the
    // directory for the first but not for a database that is there already.
    private static void MakeFile(string path)
    {
        using (new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            UnixCreateMode = SqliteDatabase.FileMode,
        }))
        {
            File.SetUnixFileMode(path, SqliteDatabase.FileMode);
        }

        DurableDirectory.Sync(Path.GetDirectoryName(path)!);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{path}: open at revision {revision}")]
    private static partial void Opened(ILogger logger, string path, long revision);
}
