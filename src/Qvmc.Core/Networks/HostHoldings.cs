using System.Globalization;
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
    private readonly HoldingIndex _claimed = new();
    private IEnumerable<InstanceRecord> _claims = claims;
    private int _count;

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
        // Each for itself: of one instance there may be two, and either may come to be stored.
        _claimed.Set(string.Create(CultureInfo.InvariantCulture, $"{_count++}"), record, machine);
    }

    /// <summary>Who has a hardware address; null: nobody.</summary>
    public string? OwnerOfMac(string mac) => index.OwnerOf(mac, exceptUid) ?? Claimed.OwnerOf(mac, "");

    /// <summary>Who has an address; null: nobody.</summary>
    public string? OwnerOf(IPAddress address) => index.OwnerOf(address, exceptUid) ?? Claimed.OwnerOf(address, "");

    /// <summary>How many addresses of a pool's range are held.</summary>
    public uint Used(AddressPool pool) => (uint)index.AddressesOf(exceptUid).Union(Claimed.AddressesOf("")).Count(pool.IsInRange);

    /// <summary>FAILED_PRECONDITION when a spec wants a port or a hardware address that somebody has.</summary>
    /// <param name="spec">What is wanted, complete.</param>
    /// <param name="node">The host, for the message.</param>
    public void ThrowIfTaken(InstanceSpec spec, string node)
    {
        foreach (var forward in spec.Forwards)
        {
            if ((index.OwnerOf(forward, exceptUid) ?? Claimed.OwnerOf(forward, "")) is { } owner)
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

    private HoldingIndex Claimed
    {
        get
        {
            var claims = _claims;
            _claims = [];
            foreach (var record in claims)
            {
                Add(record, null);
            }

            return _claimed;
        }
    }

    private static FaultException Taken(string what, string node, string owner, string advice) => new(
        FaultCode.FailedPrecondition, $"{what} on host {Shown.Quote(node)} belongs to instance {Shown.Quote(owner)}: {advice}");
}
