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
        return ProcessSearch.ByArgument(argument => argument.Contains(tail, StringComparison.Ordinal))
            .Select(ProcessHandle.Open)
            .FirstOrDefault(p => p is not null);
    }
}
