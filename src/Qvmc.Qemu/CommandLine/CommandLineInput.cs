using System.Text.Json.Nodes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.CommandLine;

/// <summary>All that the command line of a machine depends on.</summary>
public sealed record CommandLineInput
{
    /// <summary>The machine's id.</summary>
    public required string Uid { get; init; }

    /// <summary>The machine's name, for people who look at the process table.</summary>
    public required string Name { get; init; }

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

    /// <summary>The base image under the disk.</summary>
    public required string BaseImage { get; init; }

    /// <summary>Its format.</summary>
    public required string BaseFormat { get; init; }

    /// <summary>The interfaces, in order.</summary>
    public required IReadOnlyList<NicArguments> Nics { get; init; }
}

/// <summary>What the command line says of one interface.</summary>
/// <param name="Netdev">Value of <c>-netdev</c>.</param>
/// <param name="Mac">Hardware address.</param>
public sealed record NicArguments(JsonObject Netdev, string Mac);
