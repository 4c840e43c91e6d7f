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
        await SocketWait.ListeningAsync(qemu._place.Path);
        return (qemu, await QmpSession.ConnectAsync(qemu._place.Path));
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
}
