using System.Net;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Networks;

/// <summary>What the instances of one host hold that no two can have: hardware addresses, IP addresses, ports of the host.</summary>
/// <param name="index">Those that are on record.</param>
/// <param name="exceptUid">One of them that does not count; empty: all do.</param>
/// <param name="claims">More, which are not on record yet; gone through when somebody first asks, for most changes take nothing of the host's.</param>
public sealed class HostHoldings(HoldingIndex index, string exceptUid, IEnumerable<InstanceRecord> claims)
{
    private readonly Dictionary<string, string> _macs = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<IPAddress, string> _addresses = [];
    private readonly List<(PortForward Forward, string Instance)> _forwards = [];
    private IEnumerable<InstanceRecord> _claims = claims;

    /// <summary>Of nobody yet.</summary>
    public HostHoldings()
        : this(new HoldingIndex(), "", [])
    {
    }

    /// <summary>Adds what an instance holds.</summary>
    /// <param name="record">As stored, or being stored.</param>
    /// <param name="machine">What its host said last; may be null.</param>
    public void Add(InstanceRecord record, Machine? machine)
    {
        var holding = Holding.Of(record, machine);
        foreach (var mac in holding.Macs)
        {
            _macs.TryAdd(mac, holding.Instance);
        }

        foreach (var address in holding.Addresses)
        {
            _addresses.TryAdd(address, holding.Instance);
        }

        _forwards.AddRange(holding.Forwards.Select(f => (f, holding.Instance)));
    }

    /// <summary>Who has a hardware address; null: nobody.</summary>
    public string? OwnerOfMac(string mac) => index.OwnerOf(mac, exceptUid) ?? All._macs.GetValueOrDefault(mac);

    /// <summary>Who has an address; null: nobody.</summary>
    public string? OwnerOf(IPAddress address) => index.OwnerOf(address, exceptUid) ?? All._addresses.GetValueOrDefault(address);

    /// <summary>How many addresses of a pool's range are held.</summary>
    public uint Used(AddressPool pool) => (uint)index.AddressesOf(exceptUid).Union(All._addresses.Keys).Count(pool.IsInRange);

    /// <summary>FAILED_PRECONDITION when a spec wants a port or a hardware address that somebody has.</summary>
    /// <param name="spec">What is wanted, complete.</param>
    /// <param name="node">The host, for the message.</param>
    public void ThrowIfTaken(InstanceSpec spec, string node)
    {
        foreach (var forward in spec.Forwards)
        {
            if ((index.OwnerOf(forward, exceptUid) ?? All._forwards.Find(f => ForwardRules.Collide(f.Forward, forward)).Instance) is { } owner)
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
            var claims = _claims;
            _claims = [];
            foreach (var record in claims)
            {
                Add(record, null);
            }

            return this;
        }
    }

    private static FaultException Taken(string what, string node, string owner, string advice) => new(
        FaultCode.FailedPrecondition, $"{what} on host {Shown.Quote(node)} belongs to instance {Shown.Quote(owner)}: {advice}");
}
