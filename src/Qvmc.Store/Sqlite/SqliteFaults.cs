using Microsoft.Data.Sqlite;
using Qvmc.Core.Faults;
using static SQLitePCL.raw;

namespace Qvmc.Store.Sqlite;

/// <summary>What SQLite's errors mean to a caller.</summary>
internal static class SqliteFaults
{
    /// <summary>A write that was not made durable.</summary>
    internal static FaultException OfWrite(string path, SqliteException e) => e.SqliteErrorCode switch
    {
        SQLITE_FULL => new FaultException(
            FaultCode.ResourceExhausted,
            $"nothing was written: the file system of {path} is full; make room and try again",
            inner: e),
        SQLITE_BUSY or SQLITE_LOCKED => new FaultException(
            FaultCode.Unavailable,
            $"nothing was written: another program holds a lock on {path}; end it and try again",
            inner: e),
        SQLITE_CORRUPT or SQLITE_NOTADB => Damaged(path, e.Message, e),
        _ => new FaultException(
            FaultCode.Unavailable,
            $"nothing was written: {path} could not be written ({e.Message}); look at the disk's health and the kernel's log",
            inner: e),
    };

    /// <summary>A database that can't be opened or read.</summary>
    internal static FaultException OfOpen(string path, SqliteException e) => e.SqliteErrorCode switch
    {
        SQLITE_CORRUPT or SQLITE_NOTADB => Damaged(path, e.Message, e),
        SQLITE_FULL => new FaultException(
            FaultCode.ResourceExhausted,
            $"the store {path} could not be opened: its file system is full; make room and start again",
            inner: e),
        SQLITE_BUSY or SQLITE_LOCKED => new FaultException(
            FaultCode.Unavailable,
            $"the store {path} could not be opened: another program holds a lock on it; end it and start again",
            inner: e),
        _ => new FaultException(
            FaultCode.Unavailable,
            $"the store {path} could not be read: {e.Message}; look at the file's owner and mode, and at the disk",
            inner: e),
    };

    /// <summary>A database whose contents can't be trusted.</summary>
    internal static FaultException Damaged(string path, string finding, Exception? inner = null) => new(
        FaultCode.FailedPrecondition,
        $"the store {path} is damaged ({finding}); stop the daemon, keep a copy of the file, "
        + $"and put back a backup or recover it: sqlite3 {path} .recover | sqlite3 recovered.db",
        inner: inner);
}
