using System.Globalization;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Guest;

/// <summary>
/// Follows one guest through its agent: whether it answers, who it is, which addresses it has. QEMU tells when the
/// guest opens or closes the agent's port; only then is anything asked. The agent itself tells nothing unasked, so
/// it is asked again: soon at first, while a guest gets its name and addresses and cloud-init works, then seldom.
/// </summary>
internal sealed partial class GuestWatch : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestSearch = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(5);

    // Until a silent agent is asked once more, in case the question went astray. A guest that stands still has to answer
    // them all when it goes on.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _socketPath;
    private readonly Action<GuestReport> _report;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private CancellationTokenSource? _open;
    private Task _following = Task.CompletedTask;
    private volatile QgaSession? _agent;
    private volatile bool _answers;
    private volatile bool _hasAnswered;
    private volatile bool _clockDue;
    private volatile TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile CloudInitReport? _cloudInit;

    internal GuestWatch(string socketPath, Action<GuestReport> report, ILogger log, TimeProvider time)
    {
        _socketPath = socketPath;
        _report = report;
        _log = log;
        _time = time;
    }

    /// <summary>The agent answered when it was last asked.</summary>
    internal bool Answers => _answers;

    /// <summary>
    /// The agent, for a command. One whose port is open has perhaps just been asked for the first time, by a daemon that has
    /// just begun: it is given the time to answer.
    /// </summary>
    /// <exception cref="FaultException">UNAVAILABLE: it does not answer.</exception>
    internal async Task<QgaSession> AgentAsync(CancellationToken ct)
    {
        var answered = _answered.Task;
        if (!_answers && IsOpen)
        {
            await answered.WaitAsync(CommandLimit, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ct.ThrowIfCancellationRequested();
        }

        return Agent;
    }

    private QgaSession Agent => _answers && _agent is { } agent
        ? agent
        : throw new FaultException(
            FaultCode.Unavailable,
            "the guest agent does not answer: the guest is still booting, or has no qemu-guest-agent installed and running");

    /// <summary>The guest has opened the agent's port.</summary>
    internal void PortOpened()
    {
        lock (_gate)
        {
            if (_open is null)
            {
                _open = new CancellationTokenSource();
                _following = FollowAsync(_following, _open.Token);
            }
        }
    }

    /// <summary>The guest has closed it: shut down, rebooted, or the agent ended.</summary>
    internal void PortClosed()
    {
        lock (_gate)
        {
            _open?.Cancel();
            _open?.Dispose();
            _open = null;
        }
    }

    /// <summary>The guest goes on after it stood still: its clock has stood still with it, and is set as soon as the agent answers.</summary>
    internal void WentOn()
    {
        _clockDue = true;
        _wake.TrySetResult();
    }

    /// <summary>The guest boots anew: what it said of the boot before is past.</summary>
    internal void Rebooted()
    {
        lock (_gate)
        {
            PortClosed();
            _hasAnswered = false;
            _cloudInit = null;
            _clockDue = false;
        }

        _report(GuestReport.Silence);
    }

    /// <summary>Asks the guest to shut down; true when the agent took it.</summary>
    internal async Task<bool> TryShutdownAsync(TimeSpan limit)
    {
        try
        {
            await Agent.ShutdownAsync(limit: limit);
            return true;
        }
        catch (QgaDisconnectedException e) when (e.WasSent)
        {
            // The guest closed the port on its way down.
            return true;
        }
        catch (Exception e) when (e is QgaException or FaultException or IOException)
        {
            LogShutdownFailed(_socketPath, e.Message);
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        PortClosed();
        await _following;
    }

    private async Task FollowAsync(Task before, CancellationToken ct)
    {
        await before;
        await Task.Yield();
        var pause = FirstPause;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var agent = await QgaSession.ConnectAsync(_socketPath, new QgaOptions { CommandLimit = CommandLimit }, ct);
                _agent = agent;
                while (true)
                {
                    try
                    {
                        await agent.PingAsync(Patience, ct);
                        pause = FirstPause;
                        await AskAsync(agent, ct);
                    }
                    catch (QgaTimeoutException e)
                    {
                        // The connection stays: a late answer that nobody takes can't leave the guest, and the real
                        // agent tries again and again with all that a processor has. The next question takes it.
                        LogSilent(_socketPath, e.Message);
                        Silence();
                    }
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is QgaException or IOException or System.Net.Sockets.SocketException)
            {
                LogSilent(_socketPath, e.Message);
            }
            finally
            {
                _agent = null;
                Silence();
            }

            await Task.Delay(pause, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = Longer(pause, LongestSearch);
        }
    }

    private bool IsOpen
    {
        get
        {
            lock (_gate)
            {
                return _open is not null;
            }
        }
    }

    // Ends by an exception: the agent's silence, or cancellation.
    private async Task AskAsync(QgaSession agent, CancellationToken ct)
    {
        var pause = FirstPause;
        var look = new CloudInitLook(agent, _time);
        CloudInitReport? cloudInit = null;
        GuestReport? told = null;
        while (true)
        {
            _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await SetClockAsync(agent, ct);

            // Both each time: an early agent answers before the guest knows its own name.
            var info = await GuestQuestions.WhoAsync(agent, ct);
            var addresses = await GuestQuestions.AddressesAsync(agent, ct);
            Keep(() => _hasAnswered = true, ct);
            _answers = true;
            _answered.TrySetResult();
            Tell(new GuestReport(true, info, addresses) { CloudInit = _cloudInit });

            // After a silence it is looked at in any case: the guest may have booted anew.
            if (cloudInit is not { IsFinal: true })
            {
                cloudInit = await look.NowAsync(info.OsId, ct);
                Keep(() => _cloudInit = cloudInit ?? _cloudInit, ct);
                Tell(new GuestReport(true, info, addresses) { CloudInit = _cloudInit });
            }

            await Task.WhenAny(Task.Delay(pause, _time, ct), _wake.Task);
            ct.ThrowIfCancellationRequested();
            pause = Longer(pause, addresses.Count == 0 || cloudInit is null or { IsRunning: true } ? LongestSearch : Refresh);
        }

        void Tell(GuestReport report)
        {
            if (told is null || !told.Addresses.SequenceEqual(report.Addresses) || !report.Info!.Equals(told.Info) || report.CloudInit != told.CloudInit)
            {
                told = report;
                _report(report);
            }
        }
    }

    // The host's time, at the moment of asking: the guest's own clock of the board may have stood still too.
    private async Task SetClockAsync(QgaSession agent, CancellationToken ct)
    {
        if (!_clockDue)
        {
            return;
        }

        _clockDue = false;
        try
        {
            await SetClockNowAsync(agent, ct);
            LogClockSet(_socketPath);
        }
        catch (QgaCommandException e)
        {
            LogClockNotSet(_socketPath, e.Message);
        }
        catch
        {
            _clockDue = true;
            throw;
        }
    }

    // The agent refuses where there is no hwclock, which small guests lack; date they have.
    private async Task SetClockNowAsync(QgaSession agent, CancellationToken ct)
    {
        try
        {
            await agent.SetTimeAsync(_time.GetUtcNow(), ct: ct);
        }
        catch (QgaCommandException)
        {
            var seconds = (_time.GetUtcNow() + TimeSpan.FromMilliseconds(500)).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            var date = await agent.ExecAsync("date", ["-s", $"@{seconds}"], limit: CommandLimit, ct: ct);
            if (date.ExitCode != 0)
            {
                throw;
            }
        }
    }

    // An answer that was on its way when the guest booted anew speaks of the boot before.
    private void Keep(Action keep, CancellationToken ct)
    {
        lock (_gate)
        {
            ct.ThrowIfCancellationRequested();
            keep();
        }
    }

    private static TimeSpan Longer(TimeSpan pause, TimeSpan most) => pause * 2 < most ? pause * 2 : most;

    private void Silence()
    {
        if (_answers)
        {
            _answers = false;
            _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _report(GuestReport.Silence with { HasAnswered = _hasAnswered, CloudInit = _cloudInit });
        }
    }

    [LoggerMessage(LogLevel.Debug, "{Socket}: the guest agent does not answer: {Message}")]
    private partial void LogSilent(string socket, string message);

    [LoggerMessage(LogLevel.Debug, "{Socket}: the guest's clock was set, since it stood still")]
    private partial void LogClockSet(string socket);

    [LoggerMessage(LogLevel.Warning, "{Socket}: the guest stood still, and its clock could not be set: {Message}")]
    private partial void LogClockNotSet(string socket, string message);

    [LoggerMessage(LogLevel.Information, "{Socket}: the guest agent did not take the shutdown: {Message}")]
    private partial void LogShutdownFailed(string socket, string message);
}
