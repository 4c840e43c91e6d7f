using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Core.Networks;

/// <summary>Changes to the network interfaces of an instance that exists.</summary>
public static class NicChangeRules
{
    /// <summary>Every fault of adding an interface to what is now as <paramref name="current"/>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="current">The instance's spec.</param>
    /// <param name="networks">Its host's; null: not known.</param>
    /// <param name="node">The host, for messages.</param>
    public static IReadOnlyList<FieldFault> Check(AddNicRequest request, InstanceSpec current, IReadOnlyList<Network>? networks, string node)
    {
        var nic = request.Nic ?? new Nic();
        var faults = NicRules.Check(nic, "nic").ToList();
        if (NicRules.IsNone(nic))
        {
            faults.Add(new FieldFault("nic.network", "\"none\" is no network that an interface can be on: name another"));
        }
        else if (networks is not null)
        {
            faults.AddRange(HostNetworks.Check(nic, networks, node, "nic"));
        }

        if (NicRules.CheckQueues(nic, current.Cpus, "nic") is { } queues)
        {
            faults.Add(queues);
        }

        if (current.Nics.Count >= InstanceLimits.MaxNics)
        {
            faults.Add(new FieldFault("nic", $"the instance has {InstanceLimits.MaxNics} network interfaces, which is the most: remove one first"));
        }

        if (nic.Slot > 0 && Real(current).Any(n => n.Slot == nic.Slot))
        {
            faults.Add(new FieldFault("nic.slot", $"{nic.Slot} is taken: choose another, or none for the first that is free"));
        }

        if (MacAddress.TryParse(nic.Mac, out var mac) && Real(current).FirstOrDefault(n => n.Mac == mac) is { } same)
        {
            faults.Add(new FieldFault("nic.mac", $"{Shown.Quote(nic.Mac)} is the address of the interface in slot {same.Slot}: choose another, or none"));
        }

        return faults;
    }

    /// <summary>Puts an interface without faults into a spec.</summary>
    /// <param name="nic">The interface.</param>
    /// <param name="spec">The instance's; changed.</param>
    /// <param name="uid">The instance's identity.</param>
    /// <param name="isMacTaken">Whether another instance on the host has a hardware address.</param>
    /// <returns>The interface with its slot and hardware address.</returns>
    public static Nic Add(Nic nic, InstanceSpec spec, string uid, Func<string, bool> isMacTaken)
    {
        var kept = Real(spec).ToList();
        spec.Nics.Clear();
        spec.Nics.Add(kept);
        var added = nic.Clone();
        spec.Nics.Add(added);
        NicRules.Complete(spec.Nics, uid, isMacTaken);
        return added;
    }

    /// <summary>The interface in a slot, or NOT_FOUND.</summary>
    public static Nic Find(Instance instance, uint slot)
    {
        var real = Real(instance.Spec).ToList();
        return real.Find(n => n.Slot == slot) ?? throw new FaultException(
            FaultCode.NotFound,
            $"instance {Shown.Quote(instance.Name)} has no network interface in slot {slot}: {(real.Count == 0 ? "it has none at all" : $"its slots are {string.Join(", ", real.Select(n => n.Slot).Order())}")}");
    }

    /// <summary>The fault of removing the interface that port forwards need, or null.</summary>
    public static FaultException? CheckRemove(Instance instance, Nic nic, IReadOnlyList<Network>? networks)
    {
        var rest = Real(instance.Spec).Where(n => n != nic).ToList();
        var isNeeded = instance.Spec.Forwards.Count > 0
            && (rest.Count == 0 || (networks is not null && HostNetworks.Carrier(rest, networks) is null && HostNetworks.Carrier([nic], networks) is not null));
        return isNeeded
            ? new FaultException(
                FaultCode.FailedPrecondition,
                $"the port forwards of instance {Shown.Quote(instance.Name)} lead through its interface in slot {nic.Slot}, and no other could carry them: remove them first")
            : null;
    }

    private static IEnumerable<Nic> Real(InstanceSpec spec) => spec.Nics.Where(n => !NicRules.IsNone(n));
}
