using System.Runtime.InteropServices;
using Qvmc.Os.Processes;

namespace Qvmc.Os.Darwin;

/// <summary>One thread that waits on a kqueue for the ends of processes (EVFILT_PROC, NOTE_EXIT).</summary>
internal sealed unsafe class ExitQueue
{
    private const int NoSuchProcess = 3, MayNot = 13;
    private static readonly Lazy<ExitQueue> Lazily = new(() => new ExitQueue());

    private readonly int _queue;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, List<(object Holder, Action<ExitStatus?> OnExit)>> _watched = [];

    private ExitQueue()
    {
        _queue = LibSystem.KQueue();
        if (_queue < 0)
        {
            throw OsException.Last("kqueue");
        }

        new Thread(Loop) { IsBackground = true, Name = "process exits" }.Start();
    }

    internal static ExitQueue Instance => Lazily.Value;

    /// <summary>Calls back once, on a thread of the pool, with how the process ended if the kernel tells.</summary>
    internal void Add(int pid, object holder, Action<ExitStatus?> onExit)
    {
        lock (_gate)
        {
            if (!_watched.TryGetValue(pid, out var watchers))
            {
                _watched[pid] = watchers = [];
            }

            watchers.Add((holder, onExit));
        }

        var errno = Change(KernelEvent.OfExit(pid, withStatus: true));

        // Before macOS let those know how a process ended who may signal it, only its parent could.
        if (errno == MayNot)
        {
            errno = Change(KernelEvent.OfExit(pid, withStatus: false));
        }

        if (errno == NoSuchProcess)
        {
            Tell(pid, null);
        }
        else if (errno != 0)
        {
            Remove(pid, holder);
            throw new OsException($"kevent of process {pid}", errno);
        }
    }

    /// <summary>Calls that holder back no more.</summary>
    internal void Remove(int pid, object holder)
    {
        lock (_gate)
        {
            if (_watched.TryGetValue(pid, out var watchers) && watchers.RemoveAll(w => w.Holder == holder) > 0 && watchers.Count == 0)
            {
                _watched.Remove(pid);
                _ = Change(KernelEvent.Forget(pid));
            }
        }
    }

    private int Change(KernelEvent change) =>
        LibSystem.KEvent(_queue, &change, 1, null, 0, null) == 0 ? 0 : Marshal.GetLastPInvokeError();

    // Whoever is told may wait until the process can be reaped: not on the thread on which others' ends come.
    private void Tell(int pid, ExitStatus? status)
    {
        List<(object Holder, Action<ExitStatus?> OnExit)>? watchers;
        lock (_gate)
        {
            _watched.Remove(pid, out watchers);
        }

        foreach (var (_, onExit) in watchers ?? [])
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => onExit(status), null);
        }
    }

    private void Loop()
    {
        const int most = 64;
        var events = stackalloc KernelEvent[most];
        while (true)
        {
            var count = LibSystem.KEvent(_queue, null, 0, events, most, null);
            for (var i = 0; i < count; i++)
            {
                Tell((int)events[i].Ident, events[i].Status);
            }
        }
    }
}
