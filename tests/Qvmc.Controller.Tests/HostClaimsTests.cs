using Qvmc.Controller.Images;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Networks;
using Qvmc.Controller.Records;
using Qvmc.Controller.Watch;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Core.Networks;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Record.V1;
using Qvmc.Store.Sqlite;

namespace Qvmc.Controller.Tests;

public sealed class HostClaimsTests : IAsyncLifetime
{
    private static readonly Network[] Lan = [ControllerHarness.Bridge("10.80.0.10-10.80.0.11")];

    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-h-").FullName;
    private HeldStore _store = null!;
    private InstanceTable _table = null!;
    private InstanceRecords _records = null!;
    private HostClaims _claims = null!;

    public async Task InitializeAsync()
    {
        Open();
        foreach (var name in new[] { "a", "b", "c" })
        {
            var record = new InstanceRecord { Instance = new Instance { Name = name, Uid = $"uid{name}", Generation = 1, Spec = new InstanceSpec { Nics = { new Nic { Network = "lan", Slot = 1, Mac = $"52:54:00:00:00:0{name}" } } } }, Node = "local" };
            Assert.NotNull(await _records.CreateAsync(record));
        }
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_is_being_stored_is_nobody_elses_and_what_failed_is_free_again()
    {
        var (held, reached) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.BeforePut = key =>
        {
            reached.TrySetResult();
            return key == RecordKeys.Instance("a") ? held.Task : Task.CompletedTask;
        };
        var first = ReserveAsync("a");
        await reached.Task.WaitAsync(Limits.Test);
        var second = await ReserveAsync("b");
        Assert.Equal(FaultCode.ResourceExhausted, (await Assert.ThrowsAsync<FaultException>(() => ReserveAsync("c"))).Code);

        held.SetException(new FaultException(FaultCode.ResourceExhausted, "the disk is full"));
        Assert.Equal("the disk is full", (await Assert.ThrowsAsync<FaultException>(() => first)).Message);
        Assert.Empty(_table.Get("a").Record.NicAddresses);
        _store.BeforePut = _ => Task.CompletedTask;
        Assert.NotEqual(second, await ReserveAsync("c"));
    }

    // As after a kill: nothing of the memory is left, and the store is what it was.
    [Fact]
    public async Task A_controller_that_ends_between_decision_and_write_leaves_nothing_reserved()
    {
        var (held, reached) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.BeforePut = _ =>
        {
            reached.TrySetResult();
            return held.Task;
        };
        var lost = ReserveAsync("a");
        await reached.Task.WaitAsync(Limits.Test);
        await _store.DisposeAsync();
        Open();
        foreach (var entry in (await _store.ListAsync(RecordKeys.Instances, default)).Entries)
        {
            _table.Put(InstanceRecord.Parser.ParseFrom(entry.Value.Span), entry.Revision);
        }

        Assert.Equal(["10.80.0.10", "10.80.0.11"], new[] { await ReserveAsync("b"), await ReserveAsync("c") }.Order());
        held.SetException(new FaultException(FaultCode.Unavailable, "gone"));
        await Assert.ThrowsAsync<FaultException>(() => lost);
    }

    [Fact]
    public async Task A_change_that_somebody_elses_overtook_is_decided_again_and_claims_once()
    {
        var raced = false;
        _store.BeforePut = async key =>
        {
            if (!raced && key == RecordKeys.Instance("a"))
            {
                raced = true;
                await _records.ChangeAsync("a", "", s => Desire.Next(s.Record, null));
            }
        };
        var address = await ReserveAsync("a");
        Assert.Equal((3u, address), (_table.Get("a").Generation, _table.Get("a").Record.NicAddresses.Single().Ipv4));
        Assert.NotEqual(address, await ReserveAsync("b"));
        Assert.Equal(FaultCode.ResourceExhausted, (await Assert.ThrowsAsync<FaultException>(() => ReserveAsync("c"))).Code);
    }

    private async Task<string> ReserveAsync(string name)
    {
        var (state, _) = await _claims.ChangeAsync(name, "", (s, held) =>
        {
            var next = Desire.Next(s.Record, null);
            NicReservations.Update(next, Lan, held);
            return next;
        });
        return state.Record.NicAddresses.Single().Ipv4;
    }

    private void Open()
    {
        _store = new HeldStore(SqliteStore.Open(Path.Combine(_directory, "store.db")));
        _table = new InstanceTable(new EventJournal(TimeProvider.System), TimeProvider.System);
        _records = new InstanceRecords(_store, _table);
        _claims = new HostClaims(_table, new PendingLaunches(), _records, new ImageTable(_table, new ImageFeed()));
    }
}
