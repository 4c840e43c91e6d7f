using System.Diagnostics;
using Qvmc.Testing;

namespace Qvmc.Qmp.Tests;

/// <summary>The installed QEMU, without a machine.</summary>
internal sealed class RealQemu : IAsyncDisposable
{
    private readonly TemporarySocket _place = new();
    private readonly Process _process;

    private RealQemu() => _process = Process.Start(new ProcessStartInfo("qemu-system-x86_64", [
        "-machine", "none", "-nodefaults", "-no-user-config", "-display", "none",
        "-chardev", $"socket,id=qmp,path={_place.Path},server=on,wait=off", "-mon", "chardev=qmp,mode=control"]))!;

    public static async Task<(RealQemu Qemu, QmpSession Session)> StartAsync()
    {
        var qemu = new RealQemu();
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(qemu._place.Path)!);
        var appeared = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, _) => appeared.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (File.Exists(qemu._place.Path))
        {
            appeared.TrySetResult();
        }
        await appeared.Task.Soon();
        return (qemu, await ConnectAsync(qemu._place.Path));
    }

    public Task ExitedAsync() => _process.WaitForExitAsync().Soon();

    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await ExitedAsync();
        _process.Dispose();
        _place.Dispose();
    }

    private static async Task<QmpSession> ConnectAsync(string path)
    {
        while (true)
        {
            try
            {
                return await QmpSession.ConnectAsync(path);
            }
            catch (QmpConnectException e) when (e.Fault == QmpConnectFault.NotListening)
            {
                // Between its bind and its listen.
                await Task.Yield();
            }
        }
    }
}
