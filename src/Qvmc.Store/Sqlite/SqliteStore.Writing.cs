using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Drills;
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
        var changes = new List<StoreChange>(batch.Count);
        var verdicts = new StoreChange?[batch.Count];
        try
        {
            var database = _database ?? Reopen();
            var state = _state;
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
                database.Commit(changes, state.Sum, _options.JournalLength);
                FaultPoint.Reach(FaultStep.StoreCommitted);
                Become(state);
                MarkAcknowledged(state.Revision);
            }

            Complete(batch, verdicts);
        }
        catch (Exception e)
        {
            if (IsDurable(changes, e))
            {
                MarkAcknowledged(_state.Revision);
                Complete(batch, verdicts);
            }
            else
            {
                Fail(batch, e);
            }
        }
    }

    private static void Complete(List<PendingWrite> batch, StoreChange?[] verdicts)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            batch[i].Complete(verdicts[i]);
        }
    }

    // A full disk and a lock leave the connection as it was. After any other error nobody knows what reached the disk, so
    // the disk is asked, at once: whoever is told that nothing was written can rely on it. If it can't be asked either,
    // the next write begins with that.
    private bool IsDurable(List<StoreChange> changes, Exception e)
    {
        if (e is SqliteException { SqliteErrorCode: SQLITE_FULL or SQLITE_BUSY })
        {
            return false;
        }

        _database?.Dispose();
        _database = null;
        try
        {
            Reopen();
        }
        catch (Exception again)
        {
            NotReopened(_logger, again, _path);
            return false;
        }

        return changes.Count > 0 && _state.Revision >= changes[^1].Revision;
    }

    // All of the batch: those that expected another revision were judged by writes that did not come to be.
    private void Fail(List<PendingWrite> batch, Exception e)
    {
        Failed(_logger, e, _path, batch.Count);
        var answer = SqliteFaults.OfWrite(_path, e);
        foreach (var write in batch)
        {
            write.Fail(answer);
        }
    }

    private SqliteDatabase Reopen()
    {
        var database = new SqliteDatabase(_path, _options);
        try
        {
            var state = database.Load(_options.JournalLength);
            Become(state.Revision < _mark.Revision ? throw SqliteFaults.Behind(_path, state.Revision, _mark) : state);
        }
        catch
        {
            database.Dispose();
            throw;
        }

        Reopened(_logger, _path, _state.Revision);
        return _database = database;
    }

    // The writes are safe whatever becomes of the mark.
    private void MarkAcknowledged(long revision)
    {
        try
        {
            _mark.Write(revision);
        }
        catch (IOException e)
        {
            Unmarked(_logger, _mark.Path, e.Message);
        }
    }

    private void Become(StoreState next)
    {
        var previous = _state;
        _state = next;
        previous.Supersede();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{path}: {count} writes failed")]
    private static partial void Failed(ILogger logger, Exception e, string path, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{path}: could not be written: {message}")]
    private static partial void Unmarked(ILogger logger, string path, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "{path}: could not be opened anew after an error; the next write tries again")]
    private static partial void NotReopened(ILogger logger, Exception e, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{path}: opened anew after an error, at revision {revision}")]
    private static partial void Reopened(ILogger logger, string path, long revision);
}
