using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Images;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Networks;
using Qvmc.Controller.Nodes;
using Qvmc.Controller.Uploads;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Record.V1;
using Qvmc.Store;

namespace Qvmc.Controller.Records;

/// <summary>Fills the memory from the store when the controller starts, and drops from the store what has served its time.</summary>
internal sealed partial class RecordLoader(
    IStore store, InstanceRecords records, InstanceTable table, ImageTable images, ImageUploads uploads, NodeNetworks networks, NodeSessions nodes, RequestLedger ledger, ILogger<RecordLoader> log)
{
    /// <summary>Loads everything.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        var placed = (await store.ListAsync(RecordKeys.Placed, ct)).Entries.Select(e => e.Key[RecordKeys.Placed.Length..]).ToHashSet();
        foreach (var entry in (await store.ListAsync(RecordKeys.Images, ct)).Entries)
        {
            images.Load(Read(ImageRecord.Parser, entry), entry.Revision);
        }

        foreach (var entry in (await store.ListAsync(RecordKeys.Pulls, ct)).Entries)
        {
            images.SetPull(entry.Key[RecordKeys.Pulls.Length..], new PullState(Read(PullRecord.Parser, entry), entry.Revision));
        }

        foreach (var entry in (await store.ListAsync(RecordKeys.Uploads, ct)).Entries)
        {
            uploads.Load(Read(Upload.Parser, entry), entry.Revision);
        }

        foreach (var entry in (await store.ListAsync(RecordKeys.Nodes, ct)).Entries)
        {
            networks.Load(Read(NodeRecord.Parser, entry));
        }

        // After images and networks: those that wait for one see at once whether it is coming, and what it is.
        foreach (var entry in (await store.ListAsync(RecordKeys.Instances, ct)).Entries)
        {
            var record = InstanceRecords.Normal(Read(InstanceRecord.Parser, entry));
            table.Put(record, entry.Revision, placed.Remove(record.Instance.Uid));
            ledger.Add(record);
        }

        foreach (var entry in (await store.ListAsync(RecordKeys.Requests, ct)).Entries)
        {
            var record = Read(InstanceRecord.Parser, entry);
            ledger.Add(record);
            if (!ledger.IsRecent(record))
            {
                await records.DeleteKeyAsync(entry.Key);
            }
        }

        await ForgetHostsAsync(ct);

        // What a crash between two deletions left behind.
        foreach (var uid in placed)
        {
            await records.DeleteKeyAsync(RecordKeys.PlacedMachine(uid));
        }

        Loaded(table.All.Count, images.All.Count, images.Pulls.Count, store.Revision);
    }

    // A host that the configuration has no more is remembered for the sake of instances that are still on it, and may come back.
    private async Task ForgetHostsAsync(CancellationToken ct)
    {
        var used = table.All.Values.Select(s => s.Record.Node).Concat(nodes.All.Select(n => n.Name)).ToHashSet();
        foreach (var entry in (await store.ListAsync(RecordKeys.Nodes, ct)).Entries)
        {
            var node = entry.Key[RecordKeys.Nodes.Length..];
            if (!used.Contains(node))
            {
                await records.DeleteKeyAsync(entry.Key);
                Forgotten(node);
            }
        }
    }

    private static T Read<T>(MessageParser<T> parser, StoreEntry entry)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(entry.Value.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"the store's record {entry.Key} of revision {entry.Revision} is damaged: put the store back from a backup", inner: e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "host {Node} is not in the configuration any more and has no instances: what was known of its networks is forgotten")]
    private partial void Forgotten(string node);

    [LoggerMessage(Level = LogLevel.Information, Message = "loaded {Instances} instances, {Images} images and {Pulls} pulls at revision {Revision}")]
    private partial void Loaded(int instances, int images, int pulls, long revision);
}
