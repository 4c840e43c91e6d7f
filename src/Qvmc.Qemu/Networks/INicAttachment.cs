using System.Text.Json.Nodes;

namespace Qvmc.Qemu.Networks;

/// <summary>An interface that a machine holds.</summary>
public interface INicAttachment
{
    /// <summary>The value of QEMU's <c>-netdev</c>, as JSON, for the id <c>netN</c>.</summary>
    JsonObject Netdev { get; }

    /// <summary>Gives it back. May be repeated.</summary>
    Task DetachAsync();
}
