using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>
/// Tells the host's own resolver where machines' names are known, so that they resolve from the host too. Only where
/// systemd-resolved runs; elsewhere whoever wants that asks the network's own server.
/// </summary>
/// <param name="tool">resolvectl.</param>
/// <param name="isThere">Whether systemd-resolved runs, and speaks of the interfaces that we see.</param>
internal sealed class HostResolver(NetTool tool, Func<bool> isThere)
{
    /// <summary>systemd-resolved's own sign of life; of another network namespace it knows nothing.</summary>
    internal static bool IsRunning()
    {
        try
        {
            return OperatingSystem.IsLinux() && System.IO.Directory.Exists("/run/systemd/resolve") && NetTool.Find("resolvectl") is not null
                && File.ResolveLinkTarget("/proc/self/ns/net", false)?.Name == File.ResolveLinkTarget("/proc/1/ns/net", false)?.Name;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Names of the domain are asked of the server on the bridge. It is forgotten with the bridge.</summary>
    /// <returns>Why that can't be had; null: it is so, or there is nobody to tell.</returns>
    internal async Task<string?> TellAsync(string bridge, string server, string domain, CancellationToken ct)
    {
        if (!isThere())
        {
            return null;
        }

        try
        {
            await tool.RunAsync(["dns", bridge, server], "", ct);
            await tool.RunAsync(["domain", bridge, $"~{domain}"], "", ct);
            await tool.RunAsync(["default-route", bridge, "no"], "", ct);
            return null;
        }
        catch (FaultException e)
        {
            return e.Message;
        }
    }
}
