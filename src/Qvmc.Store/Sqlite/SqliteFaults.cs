using Microsoft.Data.Sqlite;
using Qvmc.Core.Faults;
using static SQLitePCL.raw;

namespace Qvmc.Store.Sqlite;

/// <summary>What SQLite's errors mean to a caller.</summary>
internal static class SqliteFaults
{
    /// <summary>A write that was not made durable.</summary>
    internal static Exception OfWrite(string path, Exception e) => e switch
    {
        SqliteException sqlite => OfWrite(path, sqlite),
        IOException => new FaultException(FaultCode.Unavailable, $"nothing was written: {path} could not be written ({e.Message}); look at the disk's health and the kernel's log", inner: e),
        _ => e,
    };

    private static FaultException OfWrite(string path, SqliteException e) => e.SqliteErrorCode switch
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
        $"the store {path} is damaged ({finding}); {Advice}",
        inner: inner);

    /// <summary>A store that lacks writes that were acknowledged.</summary>
    internal static FaultException Behind(string path, long revision, AcknowledgedMark mark) => new(
        FaultCode.FailedPrecondition,
        $"the store {path} is at revision {revision}, but writes up to revision {mark.Revision} were acknowledged: its log ({path}-wal) was lost or cut off, "
        + $"or an older copy was put in its place; {Advice}. If this is a backup that you have put back, delete {mark.Path} and start again");

    /// <summary>A store whose file is not there, or empty, and was not before.</summary>
    internal static FaultException Gone(string path, AcknowledgedMark mark) => new(
        FaultCode.FailedPrecondition,
        $"the store {path} is gone or empty, and it was at revision {mark.Revision}; {Advice}. To begin with an empty one, delete {mark.Path} too and start again");

    private const string Advice = "keep a copy of the files, then put back a backup, or let \"qvmc recover\" rebuild the records from the machines' directories";
}
