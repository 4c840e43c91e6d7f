using System.Net;
using System.Net.Sockets;
using Google.Protobuf.Collections;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>Network interfaces as a launch or a change may ask for them. What networks there are is looked at elsewhere.</summary>
public static class NicRules
{
    /// <summary>The network that is none.</summary>
    public const string None = "none";

    /// <summary>Whether an interface is none: an instance that has only it has no interface.</summary>
    public static bool IsNone(Nic nic) => nic.Network == None;

    /// <summary>Every fault of <paramref name="nics"/>.</summary>
    public static IEnumerable<FieldFault> Check(IReadOnlyList<Nic> nics, string field)
    {
        if (nics.Count > InstanceLimits.MaxNics)
        {
            yield return new FieldFault(field, $"{nics.Count} network interfaces are too many: at most {InstanceLimits.MaxNics}");
            yield break;
        }

        var macs = new Dictionary<string, int>();
        var slots = new Dictionary<uint, int>();
        var addresses = new Dictionary<string, int>();
        for (var i = 0; i < nics.Count; i++)
        {
            var nic = nics[i];
            foreach (var fault in Check(nic, $"{field}[{i}]"))
            {
                yield return fault;
            }

            if (MacAddress.TryParse(nic.Mac, out var mac) && !macs.TryAdd(mac, i))
            {
                yield return new FieldFault($"{field}[{i}].mac", $"{Shown.Quote(nic.Mac)} is the address of {field}[{macs[mac]}] too: give each its own");
            }

            if (nic.Slot > 0 && !slots.TryAdd(nic.Slot, i))
            {
                yield return new FieldFault($"{field}[{i}].slot", $"{nic.Slot} is the slot of {field}[{slots[nic.Slot]}] too: give each its own, or none");
            }

            if (nic.Address.Length > 0 && !addresses.TryAdd(nic.Address, i))
            {
                yield return new FieldFault($"{field}[{i}].address", $"{Shown.Quote(nic.Address)} is the address of {field}[{addresses[nic.Address]}] too: give each its own, or none");
            }

            if (IsNone(nic) && nics.Count > 1)
            {
                yield return new FieldFault($"{field}[{i}].network", "\"none\" means no network interface at all: give it alone, or leave it out");
            }
        }
    }

    /// <summary>Every fault of one by itself.</summary>
    public static IEnumerable<FieldFault> Check(Nic nic, string field)
    {
        if (nic.Network.Length > 0 && DnsLabel.Fault(nic.Network) is { } fault)
        {
            yield return new FieldFault($"{field}.network", fault);
        }

        if (nic.Mac.Length > 0 && !MacAddress.TryParse(nic.Mac, out _))
        {
            yield return new FieldFault($"{field}.mac", $"{Shown.Quote(nic.Mac)} is not the hardware address of one interface: write it as 52:54:00:12:34:56");
        }

        if (nic.Slot > InstanceLimits.MaxNics)
        {
            yield return new FieldFault($"{field}.slot", $"{nic.Slot} is not allowed: use 1 to {InstanceLimits.MaxNics}, or none for the first that is free");
        }

        if (nic.Address.Length > 0 && !IsIpv4(nic.Address))
        {
            yield return new FieldFault($"{field}.address", $"{Shown.Quote(nic.Address)} is not an IPv4 address: write it as 10.80.0.5");
        }

        if (nic.Queues > InstanceLimits.MaxQueues)
        {
            yield return new FieldFault($"{field}.queues", $"{nic.Queues} is not allowed: use 1 to {InstanceLimits.MaxQueues}");
        }

        if (nic.RateMbit > InstanceLimits.MaxRateMbit)
        {
            yield return new FieldFault($"{field}.rate_mbit", $"{nic.RateMbit} is not allowed: use 1 to {InstanceLimits.MaxRateMbit} (Mbit/s), or 0 for no limit");
        }

        if (IsNone(nic) && !nic.Equals(new Nic { Network = None, Slot = nic.Slot, Mac = nic.Mac }))
        {
            yield return new FieldFault($"{field}.network", "\"none\" means no network interface, which has no address, queues or rate_mbit: leave those out");
        }
    }

    /// <summary>The faults of interfaces with more queues than there are processors.</summary>
    public static IEnumerable<FieldFault> CheckQueues(IReadOnlyList<Nic> nics, uint cpus, string field) => nics
        .Select((nic, i) => CheckQueues(nic, cpus, $"{field}[{i}]"))
        .OfType<FieldFault>();

    /// <summary>The fault of an interface with more queues than there are processors, or null.</summary>
    public static FieldFault? CheckQueues(Nic nic, uint cpus, string field) => nic.Queues <= cpus || nic.Queues > InstanceLimits.MaxQueues
        ? null
        : new FieldFault($"{field}.queues", $"{nic.Queues} are more than the {cpus} processors: use at most {cpus}, or give more processors");

    /// <summary>Gives every interface its slot and its hardware address.</summary>
    /// <param name="nics">Interfaces without faults.</param>
    /// <param name="uid">The instance's identity.</param>
    /// <param name="isMacTaken">Whether another instance on the host has a hardware address; null: none has any.</param>
    public static void Complete(RepeatedField<Nic> nics, string uid, Func<string, bool>? isMacTaken = null)
    {
        GiveSlots(nics);
        var macs = MacAddress.ForAll(uid, nics, isMacTaken);
        for (var i = 0; i < macs.Count; i++)
        {
            nics[i].Mac = macs[i];
        }
    }

    /// <summary>
    /// Gives every interface that has none its slot, the first that is free. Records of earlier versions have none: their
    /// interfaces get the places that they have always had.
    /// </summary>
    public static void GiveSlots(RepeatedField<Nic> nics)
    {
        foreach (var nic in nics.Where(n => n.Slot == 0))
        {
            nic.Slot = FreeSlot(nics);
        }
    }

    /// <summary>The first slot that none of <paramref name="nics"/> has.</summary>
    public static uint FreeSlot(IReadOnlyCollection<Nic> nics) =>
        Enumerable.Range(1, nics.Count + 1).Select(n => (uint)n).First(slot => nics.All(n => n.Slot != slot));

    // IPAddress reads "10" and "10.1" too, which mean other addresses than one might think.
    private static bool IsIpv4(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text;
}
