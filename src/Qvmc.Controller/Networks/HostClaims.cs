using System.Collections.Immutable;
using Qvmc.Controller.Images;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Records;
using Qvmc.Core.Networks;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Networks;

/// <summary>
/// Who holds which addresses, ports and how much memory of a host: the instances on record, the launches and the changes that are being
/// stored. Whoever decides on the ground of that holds the image table's gate until his own claim is noted, so no two
/// get the same. A claim is nowhere but in memory: what is not stored is not reserved.
/// </summary>
internal sealed class HostClaims(InstanceTable table, PendingLaunches pending, InstanceRecords records, ImageTable images)
{
    private ImmutableList<InstanceRecord> _changes = [];

    /// <summary>What others than one instance hold of a host. The caller holds the gate as long as he asks.</summary>
    public HostHoldings Holdings(string node, string exceptUid = "") =>
        new(table.Holdings(node), exceptUid, pending.Records.Concat(_changes).Where(r => r.Node == node && r.Instance.Uid != exceptUid));

    /// <summary>The memory in MiB that is promised to others than one instance. The caller holds the gate as long as he asks.</summary>
    /// <param name="node">The host.</param>
    /// <param name="except">That one, by name.</param>
    public long PromisedMib(string node, string except) =>
        table.Memory(node).Promised
        - PromisedNow(node, except)
        + pending.Records.Concat(_changes)
            .Where(r => r.Node == node && r.Instance.Name != except)
            .Sum(r => Math.Max(0, HostMemory.PromisedTo(r) - PromisedNow(node, r.Instance.Name)));

    // As the table has it, which hears of what was stored a little before it is no claim any more.
    private long PromisedNow(string node, string name) => table.Find(name) is { } state && state.Record.Node == node ? HostMemory.PromisedTo(state.Record) : 0;

    /// <summary>
    /// Changes what an instance holds of its host, as <see cref="InstanceRecords.ChangeAsync"/>; what the change reserves is its own from
    /// the decision on.
    /// </summary>
    /// <param name="name">The instance.</param>
    /// <param name="etag">The etag that it must have; empty: any.</param>
    /// <param name="decide">Given what others hold.</param>
    public async Task<(InstanceState State, bool Changed)> ChangeAsync(string name, string etag, Func<InstanceState, HostHoldings, InstanceRecord?> decide)
    {
        InstanceRecord? claimed = null;
        try
        {
            return await records.ChangeAsync(name, etag, state =>
            {
                lock (images.Gate)
                {
                    Release(claimed);
                    claimed = null;
                    var next = decide(state, Holdings(state.Record.Node, state.Uid));
                    if (next is not null)
                    {
                        _changes = _changes.Add(next);
                        claimed = next;
                    }

                    return next;
                }
            });
        }
        finally
        {
            lock (images.Gate)
            {
                Release(claimed);
            }
        }
    }

    private void Release(InstanceRecord? claimed)
    {
        if (claimed is not null)
        {
            _changes = _changes.RemoveAll(c => ReferenceEquals(c, claimed));
        }
    }
}
