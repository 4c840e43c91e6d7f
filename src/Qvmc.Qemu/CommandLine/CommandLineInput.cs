using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Host;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.CommandLine;

/// <summary>All that the command line of a machine depends on.</summary>
public sealed record CommandLineInput
{
    /// <summary>The machine's id.</summary>
    public required string Uid { get; init; }

    /// <summary>The machine's name, for people who look at the process table.</summary>
    public required string Name { get; init; }

    /// <summary>What guests are, and what they are run on.</summary>
    public required QemuTarget Target { get; init; }

    /// <summary>UEFI, for guests that need it.</summary>
    public Firmware? Firmware { get; init; }

    /// <summary>Versioned machine type.</summary>
    public required string MachineType { get; init; }

    /// <summary>KVM, HVF or TCG.</summary>
    public required Accelerator Accelerator { get; init; }

    /// <summary>Translation cache in MiB, for TCG.</summary>
    public required uint TcgCacheMib { get; init; }

    /// <summary>Processors.</summary>
    public required uint Cpus { get; init; }

    /// <summary>Memory in MiB.</summary>
    public required uint MemoryMib { get; init; }

    /// <summary>Where the machine's files lie.</summary>
    public required MachinePaths Paths { get; init; }

    /// <summary>The base image under the disk; null: the disk stands alone.</summary>
    public required string? BaseImage { get; init; }

    /// <summary>Its format.</summary>
    public required string BaseFormat { get; init; }

    /// <summary>Data disks and CDs, in order.</summary>
    public IReadOnlyList<ScsiDrive> Drives { get; init; } = [];

    /// <summary>The interfaces, in order.</summary>
    public required IReadOnlyList<NicArguments> Nics { get; init; }

    /// <summary>How they are placed: one of <see cref="NicPlaces"/>.</summary>
    public uint NicLayout { get; init; } = NicPlaces.BehindBridge;
}
