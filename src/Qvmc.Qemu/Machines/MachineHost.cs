using Microsoft.Extensions.Logging;
using Qvmc.Images;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Confinement;
using Qvmc.Qemu.Host;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Machines;

/// <summary>What all machines of a host share.</summary>
public sealed class MachineHost
{
    /// <summary>The configuration.</summary>
    public required QemuSettings Settings { get; init; }

    /// <summary>This host's name.</summary>
    public required string NodeName { get; init; }

    /// <summary>The QEMU binary.</summary>
    public required HostProbe Probe { get; init; }

    /// <summary>What runs the guests.</summary>
    public required AcceleratorChoice Accelerator { get; init; }

    /// <summary>Who runs QEMU; null: the daemon's own user.</summary>
    public MachineUser? User { get; init; }

    /// <summary>Where machines are bounded; null: nowhere.</summary>
    public ControlGroups? Groups { get; init; }

    /// <summary>The networks.</summary>
    public required NetworkTable Networks { get; init; }

    /// <summary>The base images.</summary>
    public required ImageStore Images { get; init; }

    /// <summary>Makes and grows disks.</summary>
    public required QemuImg QemuImg { get; init; }

    /// <summary>Who wants to hear of machines.</summary>
    public required MachineFeed Feed { get; init; }

    /// <summary>Bounds how many machines are started or stopped at the same time: beyond that it only takes longer.</summary>
    public required SemaphoreSlim Slots { get; init; }

    /// <summary>Where logs go.</summary>
    public required ILoggerFactory Logs { get; init; }

    /// <summary>How much room there is where a directory lies.</summary>
    public Func<string, DiskRoom> RoomOf { get; init; } = DiskRoom.Of;

    /// <summary>The time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where a machine's things lie.</summary>
    public MachinePaths PathsOf(string uid) => new(
        Path.Combine(Settings.StateDirectory, "machines", uid),
        Path.Combine(Settings.RunDirectory.Length > 0 ? Settings.RunDirectory : Path.Combine(Settings.StateDirectory, "run"), uid));

    /// <summary>How long a guest may take to shut down, unless its order says otherwise.</summary>
    public TimeSpan StopGrace => Settings.StopGrace?.ToTimeSpan() ?? TimeSpan.FromSeconds(60);

    /// <summary>How much of each console is kept, in bytes.</summary>
    public int ConsoleBytes => (int)(Settings.ConsoleKib > 0 ? Settings.ConsoleKib : 1024) << 10;

    /// <summary>Translation cache of an emulated machine in MiB: small guests translate little code.</summary>
    public uint TcgCacheMib(uint memoryMib) => Settings.TcgCacheMib > 0 ? Settings.TcgCacheMib : memoryMib <= 256 ? 64u : 128u;
}
