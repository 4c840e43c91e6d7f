using System.Net.Sockets;
using System.Text.Json;
using Qvmc.Core.Instances;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Machines;

// The monitor: dialled, followed, asked, and dialled again; what its words say of the processors.
internal sealed partial class MachineSession
{
    private async Task DialAsync(CancellationToken ct)
    {
        var monitor = await QmpSession.ConnectAsync(Paths.MonitorSocket, Options with { TimeProvider = _time }, ct);
        try
        {
            await LearnAsync(monitor, ct);
            if (HasRun)
            {
                await CountFailuresAsync(monitor, ct);
            }

            if (await AgentPortIsOpenAsync(monitor, ct))
            {
                Guest.PortOpened();
            }

            _monitor = monitor;
        }
        catch (Exception e)
        {
            await monitor.DisposeAsync();
            if (IsNonsense(e))
            {
                throw new IOException($"what the monitor answers is not what QEMU does: {e.Message}", e);
            }

            throw;
        }
    }

    private async Task WatchMonitorAsync()
    {
        var pause = FirstPause;
        try
        {
            while (true)
            {
                if (_monitor is { } monitor)
                {
                    var since = _time.GetTimestamp();
                    var why = await FollowAsync(monitor);
                    _monitor = null;
                    await monitor.DisposeAsync();
                    LogMonitorLost(Path.GetFileName(Paths.Directory), why);

                    // One that breaks again and again is not dialled without end.
                    pause = _time.GetElapsedTime(since) > LongestPause ? FirstPause : pause;
                }

                // Mostly the monitor closed because the process is on its way out: that news comes by itself.
                await Task.WhenAny(Process.Exited, Task.Delay(_dialled.Task.IsCompleted ? pause : TimeSpan.Zero, _time, _end.Token));
                if (Process.Exited.IsCompleted || _end.IsCancellationRequested)
                {
                    return;
                }

                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                try
                {
                    await ConnectAsync(_end.Token);
                }
                catch (Exception e) when (e is QmpException or IOException or SocketException)
                {
                    Set(Processors.Silent, StatusReasons.MonitorSilent, inTrouble: false);
                }

                Tell();
                _dialled.TrySetResult();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    // Ends with the connection, or when what comes over it is none that QEMU sends; tells which.
    private async Task<string> FollowAsync(QmpSession monitor)
    {
        _dialled.TrySetResult();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        try
        {
            var more = monitor.Events.WaitToReadAsync(_end.Token).AsTask();
            var look = _looks.WaitAsync(over.Token).AsTask();
            while (true)
            {
                // One after the other, so that what is learned last is what is so.
                if (await Task.WhenAny(more, look) == more)
                {
                    if (!await more)
                    {
                        break;
                    }

                    while (monitor.Events.TryRead(out var e))
                    {
                        await OnEventAsync(monitor, e);
                    }

                    more = monitor.Events.WaitToReadAsync(_end.Token).AsTask();
                }
                else
                {
                    await look;
                    await LookAsync(monitor);
                    look = _looks.WaitAsync(over.Token).AsTask();
                }
            }

            return (await monitor.Closed).Message;
        }
        catch (Exception e) when (e is QmpTimeoutException || IsNonsense(e))
        {
            return e.Message;
        }
        finally
        {
            // The next ring is for whoever follows the next connection.
            await over.CancelAsync();
        }
    }

    // What stands still says nothing, and its disk may have grown meanwhile.
    private async Task LookAsync(QmpSession monitor)
    {
        var before = (Processors, ProcessorsReason);
        await TryLearnAsync(monitor, LookLimit);
        _post((Processors, ProcessorsReason) == before ? new MachineMessage.LookDue() : new MachineMessage.ProcessorsChanged(this));
    }

    // JSON that is well-formed and of another shape than QEMU's.
    private static bool IsNonsense(Exception e) => e is InvalidOperationException or KeyNotFoundException or FormatException;

    private async Task OnEventAsync(QmpSession monitor, QmpEvent e)
    {
        switch (e.Name)
        {
            case "RESUME":
                if (HasRun && Processors != Processors.Running)
                {
                    Guest.WentOn();
                }

                HasRun = true;
                Set(Processors.Running, "", inTrouble: false);
                Tell();
                break;
            case "STOP" or "SUSPEND" or "WAKEUP":
                // The event does not say why.
                if (await TryLearnAsync(monitor))
                {
                    Tell();
                }

                break;
            case "BLOCK_IO_ERROR":
                CountFailuresSoon(monitor);
                break;
            case "BLOCK_IMAGE_CORRUPTED":
                _post(new MachineMessage.DiskCorrupted(this, Text(e.Data, "node-name"), Text(e.Data, "msg")));
                break;
            case "SHUTDOWN" when e.Data.TryGetProperty("guest", out var guest) && guest.ValueKind == JsonValueKind.True:
                Set(Processors.Halted, "GuestShutdown", inTrouble: false);
                Tell();
                break;
            case "RESET":
                Guest.Rebooted();
                break;
            case "VSERPORT_CHANGE" when IsAgentPort(e.Data, "id"):
                if (e.Data.TryGetProperty("open", out var open) && open.ValueKind == JsonValueKind.True)
                {
                    Guest.PortOpened();
                }
                else
                {
                    Guest.PortClosed();
                }

                break;
            case "DEVICE_DELETED" when e.Data.TryGetProperty("device", out var device):
                if (_deletions.TryRemove(device.GetString()!, out var deletion))
                {
                    deletion.TrySetResult();
                }

                // A guest may let go long after nobody waits for it any more.
                _post(new MachineMessage.ChangesDue());
                break;
            default:
                break;
        }
    }

    private static bool IsAgentPort(JsonElement data, string property) =>
        data.TryGetProperty(property, out var id) && id.ValueKind == JsonValueKind.String && id.GetString() == "agent-port0";

    // The news that the guest opened the port may have been somebody else's: an earlier daemon's.
    private static async Task<bool> AgentPortIsOpenAsync(QmpSession monitor, CancellationToken ct) =>
        (await monitor.ExecuteAsync("query-chardev", ct: ct)).EnumerateArray().Any(c =>
            c.GetProperty("label").GetString() == "agent0" && c.GetProperty("frontend-open").GetBoolean());

    // The end of a connection is seen by its own, a refusal is QEMU's word; that it does not answer is for the caller.
    private async Task<bool> TryLearnAsync(QmpSession monitor, TimeSpan? limit = null)
    {
        try
        {
            await LearnAsync(monitor, _end.Token, limit);
            return true;
        }
        catch (QmpException e) when (e is not QmpTimeoutException)
        {
            return false;
        }
    }

    private async Task LearnAsync(QmpSession monitor, CancellationToken ct, TimeSpan? limit = null)
    {
        var status = (await monitor.ExecuteAsync("query-status", limit: limit, ct: ct)).GetProperty("status").GetString() ?? "";
        Learn(status, status == "io-error" && await HasNoSpaceAsync(monitor, ct));
    }

    // qapi/run-state.json: RunState.
    private void Learn(string status, bool diskFull)
    {
        HasRun |= status != "prelaunch";
        var (processors, reason, trouble) = status switch
        {
            "running" => (Processors.Running, "", false),
            "shutdown" => (Processors.Halted, "GuestShutdown", false),
            "io-error" => (Processors.Paused, diskFull ? DiskFull : "DiskError", true),
            "internal-error" => (Processors.Paused, "InternalError", true),
            "guest-panicked" => (Processors.Paused, "GuestPanicked", true),
            "watchdog" => (Processors.Paused, "Watchdog", true),
            "suspended" => (Processors.Paused, "GuestSuspended", true),
            _ => (Processors.Paused, "", false),
        };
        Set(processors, reason, trouble);
    }

    private void Set(Processors processors, string reason, bool inTrouble)
    {
        Processors = processors;
        ProcessorsReason = reason;
        InTrouble = inTrouble;
        if (processors == Processors.Halted)
        {
            _halted.TrySetResult();
        }
    }

    private void Tell() => _post(new MachineMessage.ProcessorsChanged(this));
}
