using System.Net;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Networks;

/// <summary>What the instances of one host hold that no two can have: hardware addresses, IP addresses, ports of the host.</summary>
/// <param name="holders">
/// Who they are; gone through when somebody first asks, for most changes take nothing of the host's, and of thousands it would be
/// most of what a change costs.
/// </param>
public sealed class HostHoldings(IEnumerable<(InstanceRecord Record, Machine? Machine)> holders)
{
    private IEnumerable<(InstanceRecord Record, Machine? Machine)> _holders = holders;
    private readonly Dictionary<string, string> _macs = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<IPAddress, string> _addresses = [];
    private readonly List<(PortForward Forward, string Instance)> _forwards = [];

    /// <summary>Of nobody yet.</summary>
    public HostHoldings()
        : this([])
    {
    }

    /// <summary>Adds what an instance holds.</summary>
    /// <param name="record">As stored, or being stored.</param>
    /// <param name="machine">
    /// What its host said last; may be null. An interface that was removed keeps its address until the machine is without it.
    /// </param>
    public void Add(InstanceRecord record, Machine? machine)
    {
        var name = record.Instance.Name;
        foreach (var nic in record.Instance.Spec.Nics)
        {
            _macs.TryAdd(nic.Mac, name);
        }

        foreach (var ip in record.NicAddresses.Select(a => a.Ipv4).Concat(machine?.Status?.Nics.Select(n => n.Ipv4) ?? []))
        {
            if (IPAddress.TryParse(ip, out var address))
            {
                _addresses.TryAdd(address, name);
            }
        }

        _forwards.AddRange(record.Instance.Spec.Forwards.Select(f => (f, name)));
    }

    /// <summary>Who has a hardware address; null: nobody.</summary>
    public string? OwnerOfMac(string mac) => All._macs.GetValueOrDefault(mac);

    /// <summary>Who has an address; null: nobody.</summary>
    public string? OwnerOf(IPAddress address) => All._addresses.GetValueOrDefault(address);

    /// <summary>How many addresses of a pool's range are held.</summary>
    public uint Used(AddressPool pool) => (uint)All._addresses.Keys.Count(pool.IsInRange);

    /// <summary>FAILED_PRECONDITION when a spec wants a port or a hardware address that somebody has.</summary>
    /// <param name="spec">What is wanted, complete.</param>
    /// <param name="node">The host, for the message.</param>
    public void ThrowIfTaken(InstanceSpec spec, string node)
    {
        foreach (var forward in spec.Forwards)
        {
            if (All._forwards.Find(f => ForwardRules.Collide(f.Forward, forward)).Instance is { } owner)
            {
                throw Taken(ForwardRules.Describe(forward), node, owner, "choose another host_port, or delete that instance");
            }
        }

        foreach (var nic in spec.Nics.Where(n => n.Mac.Length > 0))
        {
            if (OwnerOfMac(nic.Mac) is { } owner)
            {
                throw Taken($"hardware address {nic.Mac}", node, owner, "choose another, or none: then one is derived that nobody has");
            }
        }
    }

    private HostHoldings All
    {
        get
        {
            var holders = _holders;
            _holders = [];
            foreach (var (record, machine) in holders)
            {
                Add(record, machine);
            }

            return this;
        }
    }

    private static FaultException Taken(string what, string node, string owner, string advice) => new(
        FaultCode.FailedPrecondition, $"{what} on host {Shown.Quote(node)} belongs to instance {Shown.Quote(owner)}: {advice}");
}
