using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Qvmc.Os.Linux;

/// <summary>
/// One thread that waits on every pidfd by epoll. A pidfd turns readable when its process ends; each is looked at
/// once (EPOLLONESHOT).
/// </summary>
internal sealed unsafe class ExitWatcher
{
    private const int Add_ = 1, Delete = 2;
    private const uint In = 0x001, OneShot = 1u << 30;

    // struct epoll_event is packed on x86-64 only (sys/epoll.h).
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = Stride - 8;
    private static readonly Lazy<ExitWatcher> Lazily = new(() => new ExitWatcher());

    private readonly int _epoll;
    private readonly ConcurrentDictionary<int, Action> _callbacks = new();

    private ExitWatcher()
    {
        const int closeOnExec = 0x80000;
        _epoll = LibC.EpollCreate1(closeOnExec);
        if (_epoll < 0)
        {
            throw OsException.Last("epoll_create1");
        }

        new Thread(Loop) { IsBackground = true, Name = "process exits" }.Start();
    }

    internal static ExitWatcher Instance => Lazily.Value;

    internal void Add(int pidfd, Action onExit)
    {
        _callbacks[pidfd] = onExit;
        var e = stackalloc byte[16];
        *(uint*)e = In | OneShot;
        *(long*)(e + DataOffset) = pidfd;
        if (LibC.EpollCtl(_epoll, Add_, pidfd, e) != 0)
        {
            _callbacks.TryRemove(pidfd, out _);
            throw OsException.Last("epoll_ctl");
        }
    }

    internal void Remove(int pidfd)
    {
        _callbacks.TryRemove(pidfd, out _);
        var e = stackalloc byte[16];
        _ = LibC.EpollCtl(_epoll, Delete, pidfd, e);
    }

    private void Loop()
    {
        const int most = 64;
        var events = stackalloc byte[16 * most];
        while (true)
        {
            var count = LibC.EpollWait(_epoll, events, most, -1);
            for (var i = 0; i < count; i++)
            {
                var pidfd = (int)*(long*)(events + (i * Stride) + DataOffset);
                if (_callbacks.TryRemove(pidfd, out var onExit))
                {
                    onExit();
                }
            }
        }
    }
}
