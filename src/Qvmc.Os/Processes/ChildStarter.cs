using System.Collections.Concurrent;
using System.Diagnostics;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Processes;

/// <summary>
/// Starts children that end before we do. To the kernel the parent of a child is the thread that started it: one that
/// asked to die with its parent (prctl(2), PR_SET_PDEATHSIG) would die with a thread of the pool that is let go. So one
/// thread starts them all, and lasts as long as the process. And nothing is handed down: a descriptor that we inherited
/// without close-on-exec gets it first. On macOS nothing dies with its parent, and children that need it must see to it
/// themselves: by the end of the pipe that is their standard input, say.
/// </summary>
public static class ChildStarter
{
    // asm-generic/unistd.h and linux/close_range.h: Linux 5.11 has both. Where it has not, what we inherited is handed down.
    private const nint SysCloseRange = 436, CloseOnExec = 1 << 2;

    private static readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> Requests = Begin();

    /// <summary>Starts one. Its disposal closes its pipes.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It can't be run.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Requests.Add((start, started));
        return started.Task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> Begin()
    {
        var requests = new BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)>();
        new Thread(() => Serve(requests)) { IsBackground = true, Name = "children" }.Start();
        return requests;
    }

    private static void Serve(BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> requests)
    {
        foreach (var (start, started) in requests.GetConsumingEnumerable())
        {
            try
            {
                if (OperatingSystem.IsLinux())
                {
                    _ = LibC.Syscall(SysCloseRange, 3, unchecked((nint)uint.MaxValue), CloseOnExec, 0);
                }

                var process = new PipedProcess { StartInfo = start };
                process.Start();
                started.SetResult(process);
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        }
    }
}
