using System.Net;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Networks;

/// <summary>
/// Who holds what of one host, kept up as its instances change: an address is asked for at the same cost whether there are
/// ten of them or ten thousand. Callable from any thread.
/// </summary>
public sealed class HoldingIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Holding> _holdings = [];
    private readonly Dictionary<string, List<string>> _macs = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<IPAddress, List<string>> _addresses = [];

    // Few have any, and they collide by more than a key.
    private readonly HashSet<string> _forwarding = [];

    /// <summary>What an instance holds now, in place of what it held.</summary>
    /// <param name="record">As stored.</param>
    /// <param name="machine">What its host said last; may be null.</param>
    public void Set(InstanceRecord record, Machine? machine) => Set(record.Instance.Uid, record, machine);

    internal void Set(string uid, InstanceRecord record, Machine? machine)
    {
        var holding = Holding.Of(record, machine);
        lock (_lock)
        {
            if (_holdings.TryGetValue(uid, out var before) && before.IsSame(holding))
            {
                return;
            }

            Take(uid);
            _holdings[uid] = holding;
            Note(_macs, holding.Macs, uid);
            Note(_addresses, holding.Addresses, uid);
            if (holding.Forwards.Length > 0)
            {
                _forwarding.Add(uid);
            }
        }
    }

    /// <summary>An instance holds nothing any more.</summary>
    public void Remove(string uid)
    {
        lock (_lock)
        {
            Take(uid);
        }
    }

    internal string? OwnerOf(string mac, string exceptUid) => Owner(_macs, mac, exceptUid);

    internal string? OwnerOf(IPAddress address, string exceptUid) => Owner(_addresses, address, exceptUid);

    internal string? OwnerOf(PortForward forward, string exceptUid)
    {
        lock (_lock)
        {
            return _forwarding
                .Where(uid => uid != exceptUid && Array.Exists(_holdings[uid].Forwards, f => ForwardRules.Collide(f, forward)))
                .Select(uid => _holdings[uid].Instance)
                .FirstOrDefault();
        }
    }

    internal IReadOnlyList<IPAddress> AddressesOf(string exceptUid)
    {
        lock (_lock)
        {
            return [.. _addresses.Where(a => a.Value.Exists(uid => uid != exceptUid)).Select(a => a.Key)];
        }
    }

    private string? Owner<T>(Dictionary<T, List<string>> owners, T held, string exceptUid)
        where T : notnull
    {
        lock (_lock)
        {
            return owners.GetValueOrDefault(held)?.Find(uid => uid != exceptUid) is { } owner ? _holdings[owner].Instance : null;
        }
    }

    // The caller holds the lock.
    private void Take(string uid)
    {
        if (_holdings.Remove(uid, out var holding))
        {
            Forget(_macs, holding.Macs, uid);
            Forget(_addresses, holding.Addresses, uid);
            _forwarding.Remove(uid);
        }
    }

    private static void Note<T>(Dictionary<T, List<string>> owners, T[] held, string uid)
        where T : notnull
    {
        foreach (var one in held)
        {
            if (!owners.TryGetValue(one, out var uids))
            {
                owners[one] = uids = [];
            }

            uids.Add(uid);
        }
    }

    private static void Forget<T>(Dictionary<T, List<string>> owners, T[] held, string uid)
        where T : notnull
    {
        foreach (var one in held)
        {
            if (owners.TryGetValue(one, out var uids) && uids.Remove(uid) && uids.Count == 0)
            {
                owners.Remove(one);
            }
        }
    }
}
