using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Networks;

/// <summary>One network that this host offers.</summary>
public interface INetworkDriver
{
    /// <summary>Its name in the configuration.</summary>
    string Name { get; }

    /// <summary>What stands against a machine's interface here, before anything is touched; empty: nothing.</summary>
    IReadOnlyList<FieldFault> Check(NicRequest request);

    /// <summary>Gives a machine its interface.</summary>
    /// <exception cref="FaultException">It can't be had; the message says what stands against it.</exception>
    Task<INicAttachment> AttachAsync(NicRequest request, CancellationToken ct);

    /// <summary>Takes back what an earlier run of the daemon gave a machine whose process is gone. May be repeated.</summary>
    Task ReleaseAsync(NicRequest request, CancellationToken ct);
}

/// <summary>An interface that a machine wants.</summary>
/// <param name="Uid">The machine.</param>
/// <param name="Index">Which of its interfaces, from 0.</param>
/// <param name="Mac">Its hardware address.</param>
/// <param name="Forwards">The machine's port forwards; only its first interface carries them.</param>
public sealed record NicRequest(string Uid, int Index, string Mac, IReadOnlyList<PortForward> Forwards);

/// <summary>An interface that a machine holds.</summary>
public interface INicAttachment
{
    /// <summary>The value of QEMU's <c>-netdev</c>, as JSON, for the id <c>netN</c>.</summary>
    System.Text.Json.Nodes.JsonObject Netdev { get; }

    /// <summary>Gives it back. May be repeated.</summary>
    Task DetachAsync();
}
