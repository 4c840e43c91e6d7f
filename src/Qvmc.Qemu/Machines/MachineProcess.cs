using System.Text.Json;
using Qvmc.Os.Processes;

namespace Qvmc.Qemu.Machines;

/// <summary>Finds a machine's process when its record does not name it.</summary>
internal static class MachineProcess
{
    /// <summary>The process that was started with the machine's disk, or null.</summary>
    /// <remarks>
    /// The whole path counts: a copy of a state directory holds machines of the same ids, and their processes are
    /// none of this daemon's.
    /// </remarks>
    internal static ProcessHandle? FindByDisk(MachinePaths paths) =>
        ProcessSearch.ByArgument(argument => FileOf(argument) == paths.Disk)
            .Select(ProcessHandle.Open)
            .FirstOrDefault(p => p is not null);

    // Of a -blockdev, which QEMU is given as JSON; null for all else that processes are started with.
    private static string? FileOf(string argument)
    {
        if (!argument.StartsWith('{'))
        {
            return null;
        }

        try
        {
            return JsonElement.Parse(argument).TryGetProperty("filename", out var file) && file.ValueKind == JsonValueKind.String ? file.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
