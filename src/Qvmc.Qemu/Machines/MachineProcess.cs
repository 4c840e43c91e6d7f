using Qvmc.Os.Processes;

namespace Qvmc.Qemu.Machines;

/// <summary>Finds a machine's process when its record does not name it.</summary>
internal static class MachineProcess
{
    /// <summary>The process whose command line holds the machine's disk, or null.</summary>
    internal static ProcessHandle? FindByDisk(MachinePaths paths)
    {
        // Only the tail, in which nothing needs an escape: QEMU is given the path as JSON.
        var tail = $"/{Path.GetFileName(paths.Directory)}/{Path.GetFileName(paths.Disk)}\"";
        return Directory.EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), out var pid) ? pid : 0)
            .Where(pid => pid != 0 && CommandLine(pid).Contains(tail, StringComparison.Ordinal))
            .Select(pid => ProcessIdentity.Of(pid) is { } identity ? ProcessHandle.Open(identity) : null)
            .FirstOrDefault(p => p is not null);
    }

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
