using CsCheck;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Watch;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Tests;

/// <summary>A consumer that is cut off at random: it sees every change once and in order, or is told to begin again.</summary>
public class WatchPropertyTests
{
    private enum Deed
    {
        Change,
        Delete,
        Read,
        CutOff,
    }

    [Fact]
    public Task A_consumer_that_is_cut_off_misses_nothing_and_hears_nothing_twice() =>
        Gen.Select(Gen.Frequency((5, Gen.Const(Deed.Change)), (1, Gen.Const(Deed.Delete)), (6, Gen.Const(Deed.Read)), (2, Gen.Const(Deed.CutOff))), Gen.Int[0, 3], Gen.Int[1, 12])
            .Array[1, 80]
            .SampleAsync(FollowAsync, iter: 2_000, threads: 2);

    private static async Task FollowAsync((Deed Deed, int Name, int Count)[] story)
    {
        var journal = new EventJournal(TimeProvider.System, capacity: 8);
        var table = new InstanceTable(journal, TimeProvider.System);
        var happened = new List<string>();
        await using var consumer = new Consumer(table, journal);
        var revision = 0L;
        foreach (var (deed, number, count) in story)
        {
            var name = $"web{number}";
            switch (deed)
            {
                case Deed.Change:
                    table.Put(Record(name, ++revision), revision);
                    happened.Add($"CHANGED {name} {table.Get(name).View.Etag}");
                    break;
                case Deed.Delete when table.Find(name) is { } state:
                    table.Remove(name, state.Uid);
                    happened.Add($"DELETED {name} {state.View.Etag}");
                    break;
                case Deed.Read:
                    await consumer.ReadAsync(count, happened, table);
                    break;
                case Deed.CutOff:
                    await consumer.CutOffAsync();
                    break;
            }
        }

        await consumer.ReadAsync(int.MaxValue, happened, table);
        Assert.Equal(happened.Count, consumer.Reached);
    }

    private static InstanceRecord Record(string name, long revision) => new()
    {
        Node = "here",
        Instance = new Instance { Name = name, Uid = $"uid{name}", Generation = (uint)revision, Spec = new InstanceSpec { Power = PowerState.Stopped } },
    };

    /// <summary>Knows the token of the last response, as a client does, and how far it has come of all that happened.</summary>
    private sealed class Consumer(InstanceTable table, EventJournal journal) : IAsyncDisposable
    {
        private readonly InstanceWatch _watch = new(table, journal, TimeProvider.System);
        private readonly SortedDictionary<string, string> _snapshot = new(StringComparer.Ordinal);
        private IAsyncEnumerator<WatchResponse>? _stream;
        private Task<bool>? _next;
        private string _token = "";
        private int _opened;

        public int Reached { get; private set; }

        // Reads what there is, at most so much.
        public async Task ReadAsync(int count, List<string> happened, InstanceTable now)
        {
            for (var i = 0; i < count; i++)
            {
                if (_stream is null)
                {
                    _snapshot.Clear();
                    _opened = happened.Count;
                    _stream = _watch.ReadAsync(new WatchRequest { ResumeToken = _token }, CancellationToken.None).GetAsyncEnumerator();
                }

                _next ??= _stream.MoveNextAsync().AsTask();
                if (!_next.IsCompleted && Reached == happened.Count && _token.Length > 0)
                {
                    return;
                }

                if (!await _next.WaitAsync(Limits.Test))
                {
                    await CutOffAsync();
                    continue;
                }

                _next = null;
                Take(_stream.Current, happened);
            }
        }

        public async Task CutOffAsync()
        {
            if (_next is { IsCompleted: false } || _stream is null)
            {
                // Whoever waits is left behind; an enumerator can't be ended while it does.
                (_stream, _next) = (null, null);
                return;
            }

            await _stream.DisposeAsync();
            (_stream, _next) = (null, null);
        }

        public async ValueTask DisposeAsync() => await CutOffAsync();

        private void Take(WatchResponse told, List<string> happened)
        {
            var line = told.Instance is { } instance ? $"{instance.Name} {instance.Etag}" : "";
            switch (told.Type)
            {
                case WatchEventType.Snapshot:
                    Assert.Empty(_token);
                    _snapshot.Add(told.Instance!.Name, line);
                    break;
                case WatchEventType.Synced:
                    // All that happened until the watch began is in the snapshot, and nothing else.
                    Reached = _opened;
                    Assert.Equal(There(happened.Take(_opened)), _snapshot.Values);
                    _token = told.ResumeToken;
                    break;
                case WatchEventType.Changed or WatchEventType.Deleted:
                    Assert.Equal(happened[Reached], $"{told.Type.ToString().ToUpperInvariant()} {line}");
                    Reached++;
                    _token = told.ResumeToken;
                    break;
                default:
                    // Only whoever is further behind than the journal reaches.
                    Assert.Equal(WatchEventType.Resync, told.Type);
                    Assert.True(happened.Count - Reached > journal.Capacity, "it was told to begin again without need");
                    Assert.Contains("changes came since", told.Message, StringComparison.Ordinal);
                    _token = "";
                    break;
            }
        }

        private static IEnumerable<string> There(IEnumerable<string> happened)
        {
            var there = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var parts in happened.Select(h => h.Split(' ')))
            {
                there.Remove(parts[1]);
                if (parts[0] == "CHANGED")
                {
                    there.Add(parts[1], $"{parts[1]} {parts[2]}");
                }
            }

            return there.Values;
        }
    }
}
