using System.Diagnostics;

namespace Qvmc.Qmp.Tests;

/// <summary>Waits for the socket of a process that was just started.</summary>
internal static class SocketWait
{
    /// <summary>Completes when somebody listens there, without taking a connection from it.</summary>
    public static async Task ListeningAsync(string path)
    {
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!);
        var appeared = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, e) =>
        {
            if (e.FullPath == path)
            {
                appeared.TrySetResult();
            }
        };
        watcher.EnableRaisingEvents = true;
        if (!File.Exists(path))
        {
            await appeared.Task.Soon();
        }
        // It appears at bind; the kernel lists it as accepting (flag __SO_ACCEPTCON) from listen on.
        var waited = Stopwatch.StartNew();
        while (!(await File.ReadAllLinesAsync("/proc/net/unix")).Any(l => l.EndsWith(' ' + path) && l.Contains(" 00010000 ")))
        {
            Assert.True(waited.Elapsed < Waits.Limit, $"nobody listens on {path}");
            await Task.Yield();
        }
    }
}
