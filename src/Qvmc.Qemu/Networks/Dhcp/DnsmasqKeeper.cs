using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>
/// Keeps one dnsmasq running: takes over the one that an earlier daemon has left, and starts it again when it ends, after
/// delays that double. Whoever calls holds no lock that <paramref name="prepare"/> wants.
/// </summary>
/// <param name="paths">Its files.</param>
/// <param name="log">What it prints.</param>
/// <param name="prepare">Writes its files before each start.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Ours.</param>
internal sealed partial class DnsmasqKeeper(DhcpPaths paths, DnsmasqLog log, Action prepare, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int SigHup = 1, SigTerm = 15;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15), StopLimit = TimeSpan.FromSeconds(5), ReloadLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100), LongestDelay = TimeSpan.FromSeconds(30);

    // One that ran for so long did not end of what kept the one before from running.
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _disposed = new();
    private DnsmasqLaunch? _wanted;
    private volatile DnsmasqProcess? _running;
    private volatile bool _isStale;
    private TimeSpan _delay = FirstDelay;
    private long _since;
    private bool _retries;

    /// <summary>It; null: it does not run.</summary>
    internal DnsmasqProcess? Running => _running;

    /// <summary>How often it ended and was started again.</summary>
    internal uint Restarts { get; private set; }

    /// <summary>How it last ended, or why it could not be started; empty: neither.</summary>
    internal string LastEnd { get; private set; } = "";

    /// <summary>Makes it run as said: goes on with the one that does; starts one; starts one in the place of another.</summary>
    /// <returns>It was started, so it has read its files.</returns>
    /// <exception cref="FaultException">It does not start, with its words. It is tried again, by itself.</exception>
    internal async Task<bool> EnsureAsync(DnsmasqLaunch launch, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            _wanted = launch;
            if (_running is null && DnsmasqProcess.Find(paths) is { } found)
            {
                log.SkipToEnd();
                Follow(found);
                LogAdopted(found.Handle.Identity.Pid, paths.Directory);
            }

            if (_running is { } running)
            {
                if (running.Digest == launch.Digest && !running.IsOutdated)
                {
                    return false;
                }

                LogReplaced(running.Handle.Identity.Pid, paths.Directory);
                await EndAsync(ct);
            }

            _delay = FirstDelay;
            await BeginOrRetryAsync(ct);
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Tells it to read its files again, and waits until it says that it has: a packet that comes while it is told may still be
    /// answered as before. No effect while it does not run: it reads them when it starts.
    /// </summary>
    internal async Task ReloadAsync(CancellationToken ct)
    {
        _isStale = true;
        if (_running is not { } running)
        {
            return;
        }

        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(string line)
        {
            if (HasRead(line))
            {
                read.TrySetResult();
            }
        }

        log.Line += Look;
        try
        {
            running.Handle.Signal(SigHup);
            await Task.WhenAny(read.Task, running.Handle.Exited).WaitAsync(ReloadLimit, time, ct);
        }
        catch (TimeoutException)
        {
            // It was told; that it is slow, or that its word was lost, is no reason to keep a machine from starting.
        }
        finally
        {
            log.Line -= Look;
        }
    }

    /// <summary>Ends it and starts it again, for its files were changed in a way that it does not follow.</summary>
    internal async Task RestartAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (_wanted is not null)
            {
                await EndAsync(ct);
                await BeginOrRetryAsync(ct);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends it, also one that an earlier daemon has left.</summary>
    internal async Task StopAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            _wanted = null;
            if (_running is null && DnsmasqProcess.Find(paths) is { } found)
            {
                Follow(found);
            }

            await EndAsync(ct);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Lets go of it; it goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _gate.WaitAsync();
        _wanted = null;
        _running?.Handle.Dispose();
        _running = null;
        _gate.Release();
    }
}
