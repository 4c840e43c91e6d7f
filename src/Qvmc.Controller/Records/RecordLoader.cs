using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Images;
using Qvmc.Controller.Instances;
using Qvmc.Core.Faults;
using Qvmc.Protos.Record.V1;
using Qvmc.Store;

namespace Qvmc.Controller.Records;

/// <summary>Fills the memory from the store when the controller starts, and drops from the store what has served its time.</summary>
internal sealed partial class RecordLoader(
    IStore store, InstanceRecords records, InstanceTable table, ImageCatalog images, RequestLedger ledger, ILogger<RecordLoader> log)
{
    /// <summary>Loads everything.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        var placed = (await store.ListAsync(RecordKeys.Placed, ct)).Entries.Select(e => e.Key[RecordKeys.Placed.Length..]).ToHashSet();
        foreach (var entry in (await store.ListAsync(RecordKeys.Images, ct)).Entries)
        {
            images.Load(Read(ImageRecord.Parser, entry), entry.Revision);
        }

        foreach (var entry in (await store.ListAsync(RecordKeys.Instances, ct)).Entries)
        {
            var record = Read(InstanceRecord.Parser, entry);
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

        // What a crash between two deletions left behind.
        foreach (var uid in placed)
        {
            await records.DeleteKeyAsync(RecordKeys.PlacedMachine(uid));
        }

        Loaded(table.All.Count, images.All.Count, store.Revision);
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

    [LoggerMessage(Level = LogLevel.Information, Message = "loaded {Instances} instances and {Images} images at revision {Revision}")]
    private partial void Loaded(int instances, int images, long revision);
}
