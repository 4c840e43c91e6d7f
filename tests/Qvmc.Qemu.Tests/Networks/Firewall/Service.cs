using System.Diagnostics;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>A server (socat) that answers each with the address that it came from.</summary>
internal sealed class Service : IDisposable
{
    private readonly Process _process;

    private Service(Process process) => _process = process;

    /// <summary>Starts it, and waits until it listens.</summary>
    internal static async Task<Service> StartAsync(TestNamespace where, string address)
    {
        var start = where.Command("socat", "-d", "-d", $"{address},fork", "SYSTEM:echo peer $SOCAT_PEERADDR; cat >/dev/null");
        start.RedirectStandardError = true;
        var service = new Service(Process.Start(start)!);
        while (await service._process.StandardError.ReadLineAsync().WaitAsync(FirewallLab.Limit) is { } line)
        {
            if (line.Contains("listening on", StringComparison.Ordinal))
            {
                _ = service._process.StandardError.ReadToEndAsync();
                return service;
            }
        }

        throw new InvalidOperationException($"socat {address} ended");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
