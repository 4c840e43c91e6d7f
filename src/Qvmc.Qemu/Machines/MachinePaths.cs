using System.Globalization;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// Where a machine's things lie: <c>STATE/machines/UID</c> for what must last, <c>RUN/UID</c> for its sockets. Named by
/// the machine's id, never by a name that a user chose.
/// </summary>
public sealed record MachinePaths(string Directory, string RunDirectory)
{
    /// <summary>sockaddr_un.sun_path less the final NUL: 107 bytes on Linux, 103 on macOS.</summary>
    public const int LongestSocketPath = 103;

    /// <summary>What a socket's path adds to the run directory: id, the longest name, and the mark of a socket being bound.</summary>
    public const int SocketPathTail = 1 + 12 + 1 + 12 + 1;

    public string Record => Path.Combine(Directory, "machine.json");

    public string Disk => Path.Combine(Directory, "disk.qcow2");

    /// <summary>
    /// A data disk. The generation tells it from one of the same name that was removed: no new disk ever has an old
    /// one's bytes.
    /// </summary>
    public string DataDisk(DataDisk disk) =>
        Path.Combine(Directory, string.Create(CultureInfo.InvariantCulture, $"data-{disk.Name}.{disk.Generation}.qcow2"));

    public string Seed => Path.Combine(Directory, "seed.iso");

    /// <summary>What the guest's firmware remembers, where it has any: boot entries, above all.</summary>
    public string FirmwareVariables => Path.Combine(Directory, "efi-vars.fd");

    public string QemuLog => Path.Combine(Directory, "qemu.log");

    public string ConsoleLog => Path.Combine(Directory, "console.log");

    public string MonitorSocket => Path.Combine(RunDirectory, "monitor.sock");

    public string ConsoleSocket => Path.Combine(RunDirectory, "console.sock");

    public string AgentSocket => Path.Combine(RunDirectory, "agent.sock");
}
