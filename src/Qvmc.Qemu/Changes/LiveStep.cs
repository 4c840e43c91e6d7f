using Google.Protobuf.Collections;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Changes;

/// <summary>One change of a machine that runs. Equal steps want the same thing.</summary>
internal abstract record LiveStep
{
    private LiveStep()
    {
    }

    /// <summary>For messages: what it does, to what.</summary>
    internal abstract string What { get; }

    /// <summary>It changes what the host's networks hold for the machine.</summary>
    internal virtual bool IsOfNetworks => false;

    /// <summary>Grow the first disk.</summary>
    internal sealed record GrowFirst(uint Mib) : LiveStep
    {
        internal override string What => $"growing the disk to {Mib} MiB";
    }

    /// <summary>Grow a data disk that is in the machine.</summary>
    internal sealed record Grow(DataDisk Disk) : LiveStep
    {
        internal override string What => $"growing disk \"{Disk.Name}\" to {Disk.SizeMib} MiB";
    }

    /// <summary>Put a data disk into the machine; it is made if there is none yet.</summary>
    internal sealed record Plug(DataDisk Disk) : LiveStep
    {
        internal override string What => $"attaching disk \"{Disk.Name}\"";
    }

    /// <summary>Take a data disk out of the machine.</summary>
    internal sealed record Unplug(DataDisk Disk) : LiveStep
    {
        internal override string What => $"detaching disk \"{Disk.Name}\"";
    }

    /// <summary>Put a CD in.</summary>
    internal sealed record Insert(Cdrom Cdrom, string Digest) : LiveStep
    {
        internal override string What => $"attaching CD \"{Cdrom.Image}\"";
    }

    /// <summary>Take a CD out.</summary>
    internal sealed record Eject(Cdrom Cdrom, string Digest) : LiveStep
    {
        internal override string What => $"detaching CD \"{Cdrom.Image}\"";
    }

    /// <summary>Put an interface into the machine.</summary>
    /// <param name="Nic">It, with its slot and the name of its network.</param>
    /// <param name="Address">What is reserved for it; null: nothing.</param>
    internal sealed record PlugNic(Nic Nic, NicAddress? Address) : LiveStep
    {
        internal override string What => $"adding interface {Nic.Slot} on network \"{Nic.Network}\"";

        internal override bool IsOfNetworks => true;
    }

    /// <summary>Take an interface out of the machine.</summary>
    internal sealed record UnplugNic(Nic Nic) : LiveStep
    {
        internal override string What => $"removing interface {Nic.Slot} from network \"{Nic.Network}\"";

        internal override bool IsOfNetworks => true;
    }

    /// <summary>Let these ports of the host, and no others, lead to an interface.</summary>
    /// <param name="Slot">It; 0: there is none that can have any.</param>
    /// <param name="Forwards">The ports.</param>
    internal sealed record SetForwards(uint Slot, RepeatedField<PortForward> Forwards) : LiveStep
    {
        internal override string What => Forwards.Count > 0
            ? $"setting port forwards ({string.Join(", ", Forwards.Select(f => $"{ForwardRules.Describe(f)} to {f.GuestPort}"))})"
            : "removing port forwards";

        internal override bool IsOfNetworks => true;
    }
}
