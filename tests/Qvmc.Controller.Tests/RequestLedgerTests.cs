using Google.Protobuf.WellKnownTypes;
using Qvmc.Controller.Records;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Tests;

public class RequestLedgerTests
{
    [Fact]
    public void A_request_id_is_remembered_for_a_day()
    {
        var clock = new Clock();
        var ledger = new RequestLedger(clock);
        var record = new InstanceRecord { RequestId = "r1", Instance = new Instance { CreateTime = clock.Now.ToTimestamp() } };
        ledger.Add(record);
        clock.Now += TimeSpan.FromHours(23.9);
        Assert.Same(record, ledger.Find("r1"));
        Assert.Empty(ledger.Prune());
        clock.Now += TimeSpan.FromHours(0.2);
        Assert.Null(ledger.Find("r1"));
        Assert.Equal(["r1"], ledger.Prune());
    }

    [Fact]
    public void The_hash_is_of_what_is_asked_for_and_not_of_the_wait()
    {
        var request = new LaunchRequest { Name = "a", Labels = { { "x", "1" }, { "y", "2" } }, Spec = new InstanceSpec { Image = "i" } };
        var waiting = new LaunchRequest(request) { Wait = WaitCondition.Ready, Timeout = new Duration { Seconds = 1 } };
        Assert.Equal(RequestLedger.Hash(request), RequestLedger.Hash(waiting));
        foreach (var change in new Action<LaunchRequest>[] { r => r.Name = "b", r => r.Labels["x"] = "2", r => r.Spec.Cpus = 1, r => r.Labels.Remove("y") })
        {
            var other = request.Clone();
            change(other);
            Assert.NotEqual(RequestLedger.Hash(request), RequestLedger.Hash(other));
        }
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
