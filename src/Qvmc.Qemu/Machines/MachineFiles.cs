using Qvmc.Os.Files;

namespace Qvmc.Qemu.Machines;

/// <summary>Removes a machine's files for good.</summary>
internal static class MachineFiles
{
    private const string RemovedMark = ".removed-";

    /// <summary>
    /// Removes them. The directory is renamed first: from then on no restart of the daemon takes half a machine for a
    /// whole one.
    /// </summary>
    internal static void Remove(MachinePaths paths)
    {
        RemoveSockets(paths);
        if (Directory.Exists(paths.Directory))
        {
            var root = Path.GetDirectoryName(paths.Directory)!;
            var leaving = Path.Combine(root, RemovedMark + Path.GetFileName(paths.Directory));
            Directory.Move(paths.Directory, leaving);
            DurableDirectory.Sync(root);
            Directory.Delete(leaving, recursive: true);
        }
    }

    /// <summary>Removes what a run of the machine has left in the run directory.</summary>
    internal static void RemoveSockets(MachinePaths paths)
    {
        if (Directory.Exists(paths.RunDirectory))
        {
            Directory.Delete(paths.RunDirectory, recursive: true);
        }
    }

    /// <summary>Finishes removals that a crash cut short.</summary>
    internal static void Sweep(string root)
    {
        foreach (var leaving in Directory.EnumerateDirectories(root, RemovedMark + "*"))
        {
            Directory.Delete(leaving, recursive: true);
        }
    }
}
