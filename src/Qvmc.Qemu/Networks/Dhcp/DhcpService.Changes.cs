using System.Net;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Dhcp;

// Reservations that come and go, and leases that follow them.
public sealed partial class DhcpService
{
    // To read its files again costs dnsmasq 7 ms for a thousand reservations: what comes within this time goes together.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    // How long dnsmasq may take to write that a lease was given back.
    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(5);

    // More of them at once cost more than to start dnsmasq anew without them.
    private const int MostReleases = 8;

    // A guest that asks under ever new ids costs no more than this.
    private static readonly TimeSpan RefusalPace = TimeSpan.FromSeconds(5);

    private readonly HashSet<IPAddress> _freed = [];
    private readonly Dictionary<string, long> _refusals = [];
    private Task? _change;
    private long _changed;
    private int _isFreeing;

    /// <summary>
    /// Adds and changes reservations, and takes some away. When it returns they are in force, and the addresses of those that
    /// are gone are free: their leases are given back.
    /// </summary>
    /// <exception cref="FaultException">The files can't be written. What was asked for stays known, and is written with the next change.</exception>
    public Task SetAsync(IReadOnlyList<DhcpReservation> set, IReadOnlyList<DhcpReservation> gone, CancellationToken ct)
    {
        Task change;
        lock (_sync)
        {
            if (_network is null)
            {
                throw new InvalidOperationException("not started");
            }

            var next = _table.With(set, gone);
            if (next == _table && _change is null)
            {
                return Task.CompletedTask;
            }

            _freed.UnionWith(_table.FreedBy(next));
            _table = next;
            change = _change ??= Task.Run(ChangeAsync, CancellationToken.None);
        }

        return change.WaitAsync(ct);
    }

    private async Task ChangeAsync()
    {
        await _gate.WaitAsync(_disposed.Token);
        try
        {
            if (_changed != 0 && Pace - _time.GetElapsedTime(_changed) is { Ticks: > 0 } early)
            {
                await Task.Delay(early, _time, _disposed.Token);
            }

            HashSet<IPAddress> freed;
            lock (_sync)
            {
                // From here on another change is another task.
                _change = null;
                freed = [.. _freed];
                _freed.Clear();
                if (_network is null)
                {
                    return;
                }

                WriteHosts();
            }

            _changed = _time.GetTimestamp();
            await _keeper.ReloadAsync(_disposed.Token);
            await FreeAsync(freed, _disposed.Token);
        }
        finally
        {
            _gate.Release();
        }
    }

    // Under the gate, after dnsmasq was told of the reservations: none of these is given anew.
    private async Task FreeAsync(HashSet<IPAddress> freed, CancellationToken ct)
    {
        _book.Look();
        bool IsStray(LeaseLine line)
        {
            lock (_sync)
            {
                return !_table.IsKept(line);
            }
        }

        LeaseLine[] strays = [.. _book.Text.Lines.Where(l => IsStray(l) || (l.IsIpv6 && freed.Contains(l.Address)))];
        await GiveBackAsync(strays, ct);
    }

    private async Task GiveBackAsync(LeaseLine[] leases, CancellationToken ct)
    {
        if (leases.Length == 0 || _keeper.Running is null)
        {
            return;
        }

        var gone = leases.Select(l => (l.Address, l.Holder, l.Client)).ToHashSet();
        if (leases.Length > MostReleases || !_release.Can(leases) || !await TellAsync(leases, gone, ct))
        {
            LogDropped(_network!.Name, leases.Length);
            _book.Drop(gone);
            await _keeper.RestartAsync(ct);
        }
    }

    // Whether they are free then.
    private async Task<bool> TellAsync(LeaseLine[] leases, HashSet<(IPAddress Address, string Holder, string Client)> gone, CancellationToken ct)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var (bridge, server) = (_network!.Bridge, _book.Text.ServerId);
        var told = Task.WhenAll(leases.Select(l => _release.TellAsync(bridge, server, l, enough.Token)));
        var areFree = await _book.WaitAsync(t => !t.Lines.Any(l => gone.Contains((l.Address, l.Holder, l.Client))), ReleaseLimit, _time, ct);
        await enough.CancelAsync();
        await told;
        return areFree;
    }

    private void OnLeasesRead()
    {
        bool hasChanged, hasStrays;
        lock (_sync)
        {
            var shown = _table.Show(_book.Text, _time.GetUtcNow());
            hasChanged = !shown.SequenceEqual(_shown);
            _shown = shown;
            hasStrays = _network is not null && _book.Text.Lines.Any(l => !_table.IsKept(l));
        }

        if (hasChanged)
        {
            LeasesChanged?.Invoke();
        }

        // One that was given while its reservation was being taken away.
        if (hasStrays && Interlocked.Exchange(ref _isFreeing, 1) == 0)
        {
            Begin(async ct =>
            {
                Volatile.Write(ref _isFreeing, 0);
                await FreeAsync([], ct);
            });
        }
    }

    // dnsmasq would write on into a file that nobody can read any more.
    private void OnLeasesGone() => Begin(async ct =>
    {
        if (!File.Exists(_paths.Leases))
        {
            LogLeasesGone(_network!.Name);
            await _keeper.RestartAsync(ct);
        }
    });

    private void OnRefused(string mac, string client)
    {
        lock (_sync)
        {
            if (_table.ByMac(mac) is not { Ipv6: { } address }
                || (_refusals.TryGetValue(mac, out var last) && _time.GetElapsedTime(last) < RefusalPace))
            {
                return;
            }

            _refusals[mac] = _time.GetTimestamp();
            Begin(async ct =>
            {
                LeaseLine[] standing = [.. _book.Text.Lines.Where(l => l.Address.Equals(address) && l.Client != client)];
                await GiveBackAsync(standing, ct);
            });
        }
    }

    // What nobody waits for.
    private void Begin(Func<CancellationToken, Task> work) => _ = Task.Run(
        async () =>
        {
            try
            {
                await _gate.WaitAsync(_disposed.Token);
                try
                {
                    if (_network is not null)
                    {
                        await work(_disposed.Token);
                    }
                }
                finally
                {
                    _gate.Release();
                }
            }
            catch (OperationCanceledException)
            {
                // The daemon ends.
            }
            catch (Exception e) when (e is FaultException or IOException)
            {
                LogTrouble(_options.Directory, e.Message);
            }
        },
        CancellationToken.None);

    [LoggerMessage(LogLevel.Information, "network {Network}: dnsmasq is started again without {Count} leases of machines that are gone")]
    private partial void LogDropped(string network, int count);

    [LoggerMessage(LogLevel.Warning, "network {Network}: somebody has deleted the lease file; dnsmasq is started again with what is known")]
    private partial void LogLeasesGone(string network);

    [LoggerMessage(LogLevel.Warning, "{Directory}: {Message}")]
    private partial void LogTrouble(string directory, string message);
}
