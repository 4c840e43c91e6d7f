using System.Globalization;

namespace Qvmc.Qemu.Confinement;

/// <summary>How early the kernel kills a process when the host is out of memory (proc(5), oom_score_adj).</summary>
internal static class OomScore
{
    /// <summary>Takes back what a process inherited of the daemon, which is the last to be killed: a machine is not.</summary>
    internal static void Reset(int pid)
    {
        try
        {
            File.WriteAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/oom_score_adj"), "0");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended already, or inherited less than nothing, which only root may take back.
        }
    }
}
