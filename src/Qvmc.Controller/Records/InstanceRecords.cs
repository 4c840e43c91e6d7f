using Google.Protobuf;
using Qvmc.Controller.Instances;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Record.V1;
using Qvmc.Store;

namespace Qvmc.Controller.Records;

/// <summary>
/// Writes instance records: first to the store, whose answer is the promise, then to the table. A write is never
/// abandoned half-way because a caller went away.
/// </summary>
internal sealed class InstanceRecords(IStore store, InstanceTable table)
{
    // Each lost race means that somebody else's write succeeded; more than this in a row is no accident.
    private const int MaxAttempts = 16;

    /// <summary>A record as this version wants it: interfaces of earlier versions' records have no slots.</summary>
    public static InstanceRecord Normal(InstanceRecord record)
    {
        NicRules.GiveSlots(record.Instance.Spec.Nics);
        return record;
    }

    /// <summary>Stores a new record; null when the name is taken, and then the table knows by whom.</summary>
    public async Task<InstanceState?> CreateAsync(InstanceRecord record)
    {
        var entry = await store.PutAsync(RecordKeys.Instance(record.Instance.Name), record.ToByteArray(), 0, CancellationToken.None);
        if (entry is not null)
        {
            return table.Put(record, entry.Revision);
        }

        // One that was stored although its write could not be answered for.
        if (await store.GetAsync(RecordKeys.Instance(record.Instance.Name), CancellationToken.None) is { } there)
        {
            table.Put(Normal(InstanceRecord.Parser.ParseFrom(there.Value.Span)), there.Revision);
        }

        return null;
    }

    /// <summary>
    /// Changes a record. <paramref name="decide"/> is asked again when somebody else's write came between; it returns
    /// the changed record, null to leave it, or throws. Without an etag the last decision wins; with one, the first.
    /// </summary>
    /// <returns>The state, and whether it was changed.</returns>
    public async Task<(InstanceState State, bool Changed)> ChangeAsync(string name, string etag, Func<InstanceState, InstanceRecord?> decide)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var state = table.Get(name);
            Etag.Check(etag, state);
            if (decide(state) is not { } next)
            {
                return (state, false);
            }

            FaultPoint.Reach(FaultStep.ChangeDecided);
            var entry = await store.PutAsync(RecordKeys.Instance(name), next.ToByteArray(), state.Revision, CancellationToken.None);
            FaultPoint.Pass(FaultStep.ChangeStored);
            if (entry is not null)
            {
                return (table.Put(next, entry.Revision), true);
            }

            await RefreshAsync(state);
        }

        throw new FaultException(FaultCode.Stale, $"instance {Shown.Quote(name)} is being changed by others all the time: try again");
    }

    /// <summary>Deletes the record of a machine that is gone, and all that belongs to it.</summary>
    /// <returns>False when the record was changed meanwhile.</returns>
    public async Task<bool> ForgetAsync(InstanceState state, bool keepRequest)
    {
        // Before the record goes: in between, the request id is known twice rather than not at all.
        if (keepRequest)
        {
            await OverwriteAsync(RecordKeys.Request(state.Record.RequestId), state.Record.ToByteArray());
            FaultPoint.Reach(FaultStep.RequestKept);
        }

        if (!await store.DeleteAsync(RecordKeys.Instance(state.Name), state.Revision, CancellationToken.None))
        {
            await RefreshAsync(state);
            return false;
        }

        FaultPoint.Pass(FaultStep.RecordForgotten);
        table.Remove(state.Name, state.Uid);
        await DeleteKeyAsync(RecordKeys.PlacedMachine(state.Uid));
        return true;
    }

    /// <summary>Notes that a host has confirmed the machine.</summary>
    public async Task MarkPlacedAsync(InstanceState state)
    {
        await store.PutAsync(RecordKeys.PlacedMachine(state.Uid), ReadOnlyMemory<byte>.Empty, 0, CancellationToken.None);
        FaultPoint.Reach(FaultStep.PlacedMarked);
        table.MarkPlaced(state.Name, state.Uid);
    }

    /// <summary>Deletes a key whatever is under it.</summary>
    public async Task DeleteKeyAsync(string key)
    {
        while (await store.GetAsync(key, CancellationToken.None) is { } entry
            && !await store.DeleteAsync(key, entry.Revision, CancellationToken.None))
        {
        }
    }

    /// <summary>Writes a key whatever is under it.</summary>
    public async Task OverwriteAsync(string key, byte[] value)
    {
        StoreEntry? written = null;
        while (written is null)
        {
            var there = await store.GetAsync(key, CancellationToken.None);
            written = await store.PutAsync(key, value, there?.Revision ?? 0, CancellationToken.None);
        }
    }

    // The other writer has told the table, or is about to.
    private async Task RefreshAsync(InstanceState state)
    {
        var entry = await store.GetAsync(RecordKeys.Instance(state.Name), CancellationToken.None);
        if (entry is null)
        {
            table.Remove(state.Name, state.Uid);
        }
        else
        {
            table.Put(Normal(InstanceRecord.Parser.ParseFrom(entry.Value.Span)), entry.Revision);
        }
    }
}
