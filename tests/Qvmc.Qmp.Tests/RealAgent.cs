using System.Diagnostics;
using Qvmc.Testing;

namespace Qvmc.Qmp.Tests;

/// <summary>The installed qemu-ga, on this host, without a guest around it.</summary>
internal sealed class RealAgent : IAsyncDisposable
{
    private readonly TemporarySocket _place = new();
    private readonly Process _process;

    private RealAgent()
    {
        var directory = Path.GetDirectoryName(_place.Path)!;
        _process = Process.Start(new ProcessStartInfo("qemu-ga", [
            "-m", "unix-listen", "-p", _place.Path, "-t", directory, "-f", Path.Combine(directory, "pid"),
            "-l", Path.Combine(directory, "log"),
            // This host is not to be shut down by a test.
            "-b", "guest-shutdown,guest-set-time"]))!;
    }

    public string SocketPath => _place.Path;

    public static async Task<RealAgent> StartAsync()
    {
        var agent = new RealAgent();
        await SocketWait.ListeningAsync(agent._place.Path);
        return agent;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().Soon();
        _process.Dispose();
        _place.Dispose();
    }
}
