using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Core.Instances;

/// <summary>What is known of an instance's machine.</summary>
/// <param name="Machine">What its host said last; null when it never spoke of it.</param>
/// <param name="Host">Whether the host can be reached.</param>
/// <param name="Lost">The host once had the machine, and has it no more though nobody asked for that.</param>
/// <param name="Trouble">Why the latest order has not reached the host; null when there is no trouble.</param>
/// <param name="Image">
/// The image that the instance waits for; null when it waits for none, or for one that is not here and is not pulled.
/// </param>
/// <param name="Networks">The networks of its host, the default first; null when they were never heard of.</param>
public sealed record Observation(
    Machine? Machine, HostLink Host, bool Lost = false, OrderTrouble? Trouble = null, ImageWait? Image = null, IReadOnlyList<Network>? Networks = null);
