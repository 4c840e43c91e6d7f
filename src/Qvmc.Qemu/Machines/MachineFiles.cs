using Qvmc.Core.Drills;
using Qvmc.Os.Files;
using Qvmc.Protos.Instance.V1;

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
        var root = Path.GetDirectoryName(paths.Directory)!;
        var leaving = Path.Combine(root, RemovedMark + Path.GetFileName(paths.Directory));
        if (Directory.Exists(paths.Directory))
        {
            Directory.Move(paths.Directory, leaving);
            FaultPoint.Reach(FaultStep.DirectoryRenamed);
            DurableDirectory.Sync(root);
        }

        // Also one that an earlier attempt had renamed.
        if (Directory.Exists(leaving))
        {
            Directory.Delete(leaving, recursive: true);
            FaultPoint.Reach(FaultStep.DirectoryDeleted);
        }
    }

    /// <summary>Removes data disks that were removed. A QEMU that still has one goes on with a file that has no name.</summary>
    internal static void RemoveDisks(MachinePaths paths, IEnumerable<DataDisk> removed)
    {
        foreach (var disk in removed)
        {
            File.Delete(paths.DataDisk(disk));
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

    /// <summary>Whether a directory is of a machine whose removal has begun.</summary>
    internal static bool IsLeaving(string directory) => Path.GetFileName(directory).StartsWith(RemovedMark, StringComparison.Ordinal);

    /// <summary>Finishes removals that a crash cut short. What can't be deleted is told and left: it keeps no machine waiting.</summary>
    internal static void Sweep(string root, Action<string, string> tell)
    {
        foreach (var leaving in Directory.EnumerateDirectories(root, RemovedMark + "*"))
        {
            try
            {
                Directory.Delete(leaving, recursive: true);
                FaultPoint.Reach(FaultStep.LeftoversSwept);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                tell(leaving, e.Message);
            }
        }
    }
}
