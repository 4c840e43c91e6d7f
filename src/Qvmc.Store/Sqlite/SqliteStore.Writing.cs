using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using static SQLitePCL.raw;

namespace Qvmc.Store.Sqlite;

// The writer thread. It alone commits and replaces the state.
public sealed partial class SqliteStore
{
    private async Task<StoreChange?> WriteAsync(PendingWrite write, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        try
        {
            await _queue.Writer.WriteAsync(write, ct);
        }
        catch (System.Threading.Channels.ChannelClosedException)
        {
            throw Closed();
        }

        await using (ct.Register(() => write.Cancel(ct)))
        {
            return await write.Outcome;
        }
    }

    private void WriteLoop()
    {
        var batch = new List<PendingWrite>(MaxBatch);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            var bytes = 0;
            while (batch.Count < MaxBatch && bytes < MaxBatchBytes && _queue.Reader.TryRead(out var write))
            {
                if (write.TryTake())
                {
                    batch.Add(write);
                    bytes += write.Value?.Length ?? 0;
                }
            }

            CarryOut(batch);
            batch.Clear();
        }

        _writerEnded.SetResult();
    }

    private void CarryOut(List<PendingWrite> batch)
    {
        try
        {
            var database = _database ?? Reopen();
            var state = _state;
            var changes = new List<StoreChange>(batch.Count);
            var verdicts = new StoreChange?[batch.Count];
            for (var i = 0; i < batch.Count; i++)
            {
                verdicts[i] = batch[i].Judge(state);
                if (verdicts[i] is { } change)
                {
                    state = state.With(change);
                    changes.Add(change);
                }
            }

            if (changes.Count > 0)
            {
                database.Commit(changes, _options.JournalLength);
                Become(state);
            }

            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Complete(verdicts[i]);
            }
        }
        catch (Exception e)
        {
            Fail(batch, e);
        }
    }

    // All of the batch: those that expected another revision were judged by writes that did not come to be.
    private void Fail(List<PendingWrite> batch, Exception e)
    {
        Failed(_logger, e, _path, batch.Count);
        var answer = e is SqliteException sqlite ? SqliteFaults.OfWrite(_path, sqlite) : e;
        foreach (var write in batch)
        {
            write.Fail(answer);
        }

        // After these two the connection is as it was. After an I/O error it is not known what reached the disk, so
        // the next write begins by asking the disk.
        if (e is not SqliteException { SqliteErrorCode: SQLITE_FULL or SQLITE_BUSY })
        {
            _database?.Dispose();
            _database = null;
        }
    }

    private SqliteDatabase Reopen()
    {
        var database = new SqliteDatabase(_path, _options.BusyTimeout);
        try
        {
            Become(database.Load(_options.JournalLength));
        }
        catch
        {
            database.Dispose();
            throw;
        }

        Reopened(_logger, _path, _state.Revision);
        return _database = database;
    }

    private void Become(StoreState next)
    {
        var previous = _state;
        _state = next;
        previous.Supersede();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{path}: {count} writes failed")]
    private static partial void Failed(ILogger logger, Exception e, string path, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{path}: opened anew after an error, at revision {revision}")]
    private static partial void Reopened(ILogger logger, string path, long revision);
}
