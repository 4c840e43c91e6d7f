using Microsoft.Extensions.Logging;
using Qvmc.Images;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Machines;

// Trouble with disks: no room on the host for what the guest writes, and damage.
internal sealed partial class MachineActor
{
    /// <summary>Why a run ended whose disk QEMU has found damaged.</summary>
    internal const string DiskCorrupted = "DiskCorrupted";

    private static readonly TimeSpan FirstRoomLook = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRoomLook = TimeSpan.FromMinutes(1);

    // What QEMU said; empty when an earlier daemon heard it.
    private string? _corrupted;
    private bool _roomReturned;
    private bool _resuming;
    private ITimer? _roomLooks;
    private TimeSpan _roomPause = FirstRoomLook;
    private long _lastRoom;

    // A machine that goes on and soon finds no room again is tried ever more seldom.
    private void WatchRoom()
    {
        var waits = _session is { IsDiskFull: true };
        if (waits && _roomLooks is null)
        {
            _roomPause = _lastRoom != 0 && _host.Time.GetElapsedTime(_lastRoom) < LongestRoomLook
                ? Shorter(_roomPause * 2, LongestRoomLook)
                : FirstRoomLook;
            LogNoRoom(Uid, _paths.Directory);
            _roomLooks = _host.Time.CreateTimer(_ => Post(new MachineMessage.RoomLookDue()), null, _roomPause, _roomPause);
        }
        else if (!waits)
        {
            _roomLooks?.Dispose();
            _roomLooks = null;
            _roomReturned = false;
        }
    }

    private void LookForRoom()
    {
        if (_session is { IsDiskFull: true } && HasRoom())
        {
            _roomReturned = true;
            _lastRoom = _host.Time.GetTimestamp();
        }
    }

    private bool HasRoom() => Room() is { IsEnough: true };

    private DiskRoom? Room()
    {
        try
        {
            return _host.RoomOf(_paths.Directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string RoomAdvice() => (Room() ?? default).Advice(_paths.Directory, _record.Order.Name);

    private void BeginResume()
    {
        _resuming = true;
        _ = ResumeAsync(_session!, _record.Order.Resume);
    }

    private async Task ResumeAsync(MachineSession session, uint resume)
    {
        await Task.Yield();
        var taken = await session.TryResumeAsync();
        Post(new MachineMessage.WentOn(session, resume, taken));
    }

    // What was not heard is said again: when the monitor is back, or at the next look for room.
    private void OnWentOn(MachineMessage.WentOn m)
    {
        _resuming = false;
        _roomReturned = false;
        if (m.Session == _session && m.Taken && _record.Run.Resumed < m.Resume)
        {
            _record.Run.Resumed = m.Resume;
            Save();
        }
    }

    private void OnDiskCorrupted(MachineMessage.DiskCorrupted m)
    {
        _corrupted = $"{Machines.DiskFailures.NameOf(m.Node)}: {(m.Words.Length > 0 ? m.Words : "it is marked as damaged")}";
        LogCorrupted(Uid, _corrupted);
    }

    private LastError CorruptionError() => Error(DiskCorrupted, CorruptionAdvice(_paths, _corrupted!));

    /// <summary>What to do about a damaged disk.</summary>
    internal static string CorruptionAdvice(MachinePaths paths, string words)
    {
        var said = words.Length > 0 ? $" ({words})" : "";
        var disk = DisksOf(paths).FirstOrDefault(IsCorrupt) ?? paths.Disk;
        return $"QEMU found a disk damaged{said} and gave it up, so the machine was ended before more came to harm; on its host keep a copy of {disk}, repair it by \"qemu-img check -r all {disk}\", and start the instance again; or put the disk back from a backup";
    }

    /// <summary>The machine's disks that there are.</summary>
    internal static IEnumerable<string> DisksOf(MachinePaths paths) =>
        Directory.Exists(paths.Directory) ? Directory.EnumerateFiles(paths.Directory, "*.qcow2").Order(StringComparer.Ordinal) : [];

    /// <summary>Whether a disk is marked as damaged; one that can't be read is not known to be.</summary>
    internal static bool IsCorrupt(string disk)
    {
        try
        {
            return OverlayFile.IsCorrupt(disk);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(LogLevel.Warning, "machine {Uid}: it stands still because there is no room in {Directory} for what its guest writes")]
    private partial void LogNoRoom(string uid, string directory);

    [LoggerMessage(LogLevel.Error, "machine {Uid}: QEMU found a disk damaged: {Words}")]
    private partial void LogCorrupted(string uid, string words);
}
