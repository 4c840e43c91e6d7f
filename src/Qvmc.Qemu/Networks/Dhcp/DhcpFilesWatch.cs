using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>Tells when dnsmasq has written its lease file or its log, and when the lease file was taken away (inotify).</summary>
internal sealed class DhcpFilesWatch : IDisposable
{
    // It writes the lease file in more than one step.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(20);

    private readonly FileSystemWatcher _watcher;
    private readonly ITimer _timer;
    private int _isDue;

    /// <summary>Watches from now on.</summary>
    /// <exception cref="FaultException">RESOURCE_EXHAUSTED: the kernel gives no more watches.</exception>
    internal DhcpFilesWatch(DhcpPaths paths, Action logChanged, Action leasesChanged, Action leasesGone, TimeProvider time)
    {
        _timer = time.CreateTimer(
            _ =>
            {
                Volatile.Write(ref _isDue, 0);
                leasesChanged();
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        _watcher = new FileSystemWatcher(paths.Directory) { NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.FileName };
        _watcher.Changed += (_, e) => Written(e.Name);
        _watcher.Created += (_, e) => Written(e.Name);
        _watcher.Renamed += (_, e) => Written(e.Name);
        _watcher.Deleted += (_, e) =>
        {
            if (e.Name == DhcpPaths.LeasesName)
            {
                leasesGone();
            }
        };

        // Too many at once to be told one by one.
        _watcher.Error += (_, _) => Written(null);
        try
        {
            _watcher.EnableRaisingEvents = true;
        }
        catch (IOException e)
        {
            Dispose();
            throw new FaultException(
                FaultCode.ResourceExhausted, $"{paths.Directory} can't be watched: {e.Message}; let there be more (sysctl fs.inotify.max_user_instances)", inner: e);
        }

        void Written(string? name)
        {
            if (name is DhcpPaths.LogName or null)
            {
                logChanged();
            }

            if ((name is DhcpPaths.LeasesName or null) && Interlocked.Exchange(ref _isDue, 1) == 0)
            {
                _timer.Change(Settle, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watcher.Dispose();
        _timer.Dispose();
    }
}
