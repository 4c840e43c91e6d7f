using System.Net;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Guest;

/// <summary>
/// Follows one guest through its agent: whether it answers, who it is, which addresses it has. QEMU tells when the
/// guest opens or closes the agent's port; only then is anything asked. The agent itself tells nothing unasked, so
/// it is asked again: soon at first, while a guest gets its name and addresses, then seldom.
/// </summary>
internal sealed partial class GuestWatch : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestSearch = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(5);

    private readonly string _socketPath;
    private readonly Action<GuestReport> _report;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private CancellationTokenSource? _open;
    private Task _following = Task.CompletedTask;
    private volatile QgaSession? _agent;
    private volatile bool _answers;

    internal GuestWatch(string socketPath, Action<GuestReport> report, ILogger log, TimeProvider time)
    {
        _socketPath = socketPath;
        _report = report;
        _log = log;
        _time = time;
    }

    /// <summary>The agent answered when it was last asked.</summary>
    internal bool Answers => _answers;

    /// <summary>The agent, for a command.</summary>
    /// <exception cref="FaultException">UNAVAILABLE: it does not answer.</exception>
    internal QgaSession Agent => _answers && _agent is { } agent
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

    /// <summary>Asks the guest to shut down; true when the agent took it.</summary>
    internal async Task<bool> TryShutdownAsync()
    {
        try
        {
            await Agent.ShutdownAsync();
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
                await agent.PingAsync(ct: ct);
                _agent = agent;
                pause = FirstPause;
                await AskAsync(agent, ct);
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

    // Ends by an exception: the agent's silence, or cancellation.
    private async Task AskAsync(QgaSession agent, CancellationToken ct)
    {
        var pause = FirstPause;
        GuestReport? told = null;
        while (true)
        {
            // Both each time: an early agent answers before the guest knows its own name.
            var info = await WhoAsync(agent, ct);
            var addresses = await AddressesAsync(agent, ct);
            var report = new GuestReport(true, info, addresses);
            _answers = true;
            if (told is null || !told.Addresses.SequenceEqual(addresses) || !info.Equals(told.Info))
            {
                told = report;
                _report(report);
            }

            await Task.Delay(pause, _time, ct);
            pause = Longer(pause, addresses.Count == 0 ? LongestSearch : Refresh);
        }
    }

    private static async Task<GuestInfo> WhoAsync(QgaSession agent, CancellationToken ct)
    {
        var info = new GuestInfo { AgentVersion = (await agent.GetInfoAsync(ct: ct)).Version };

        // A guest may forbid single commands; what it does tell is worth telling.
        try
        {
            info.Hostname = await agent.GetHostNameAsync(ct: ct);
            var os = await agent.GetOsInfoAsync(ct: ct);
            info.Os = os.PrettyName ?? os.Name ?? "";
            info.OsId = os.Id ?? "";
            info.OsVersion = os.VersionId ?? "";
            info.Kernel = os.KernelRelease ?? "";
        }
        catch (QgaCommandException)
        {
        }

        return info;
    }

    private static async Task<IReadOnlyList<Address>> AddressesAsync(QgaSession agent, CancellationToken ct)
    {
        try
        {
            var interfaces = await agent.GetNetworkInterfacesAsync(ct: ct);
            return [.. interfaces
                .SelectMany(i => i.Addresses.Select(a => (Interface: i, Address: a)))
                .Where(x => IsUseful(x.Address.Address))
                .OrderBy(x => x.Address.Address.AddressFamily)
                .Select(x => new Address
                {
                    Ip = x.Address.Address.ToString(),
                    Prefix = (uint)x.Address.Prefix,
                    Interface = x.Interface.Name,
                    Mac = x.Interface.Mac ?? "",
                    Source = AddressSource.Agent,
                })];
        }
        catch (QgaCommandException)
        {
            return [];
        }
    }

    private static bool IsUseful(IPAddress ip) =>
        !IPAddress.IsLoopback(ip) && !ip.IsIPv6LinkLocal && !(ip.GetAddressBytes() is [169, 254, _, _]) && !ip.Equals(IPAddress.Any);

    private static TimeSpan Longer(TimeSpan pause, TimeSpan most) => pause * 2 < most ? pause * 2 : most;

    private void Silence()
    {
        if (_answers)
        {
            _answers = false;
            _report(GuestReport.Silence);
        }
    }

    [LoggerMessage(LogLevel.Debug, "{Socket}: the guest agent does not answer: {Message}")]
    private partial void LogSilent(string socket, string message);

    [LoggerMessage(LogLevel.Information, "{Socket}: the guest agent did not take the shutdown: {Message}")]
    private partial void LogShutdownFailed(string socket, string message);
}
