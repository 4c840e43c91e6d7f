using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Qvmc.Testing;

namespace Qvmc.Qmp.Tests;

public sealed class QmpSessionEventTests
{
    [Fact]
    public async Task Events_come_in_order_between_replies()
    {
        await using var qemu = FakeQemu.Start();
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        await session.ExecuteAsync("cont").Soon();
        await session.ExecuteAsync("stop").Soon();
        Assert.Equal("RESUME", (await session.Events.ReadAsync().Soon()).Name);
        Assert.Equal("STOP", (await session.Events.ReadAsync().Soon()).Name);
    }

    [Fact]
    public async Task What_qemu_said_last_can_be_read_after_its_end()
    {
        await using var qemu = FakeQemu.Start();
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        await session.ExecuteAsync("quit").Soon();
        Assert.Equal(QmpClosedReason.PeerClosed, (await session.Closed.Soon()).Reason);
        var happened = await session.Events.ReadAsync().Soon();
        Assert.Equal("host-qmp-quit", happened.Data.GetProperty("reason").GetString());
        await session.Events.Completion.Soon();
        await Assert.ThrowsAsync<ChannelClosedException>(() => session.Events.ReadAsync().Soon());
    }

    [Fact]
    public async Task A_failing_write_loses_no_event_that_was_sent_before()
    {
        await using var stream = new BrokenPipeStream();
        var connecting = QmpSession.ConnectAsync(stream);
        stream.Receive("""{"QMP": {"version": {"qemu": {"major": 9, "minor": 0, "micro": 0}, "package": ""}, "capabilities": []}}""" + "\n");
        await stream.Written.Soon();
        stream.Receive("""{"return": {}, "id": 1}""" + "\n");
        await using var session = await connecting.Soon();
        stream.BreakWrites();
        var command = session.ExecuteAsync("query-status");
        await stream.WriteFailed.Soon();
        stream.Receive("""{"event": "SHUTDOWN"}""" + "\n");
        stream.ReceiveEnd();
        await Assert.ThrowsAsync<QmpDisconnectedException>(() => command.Soon());
        Assert.Equal("SHUTDOWN", (await session.Events.ReadAsync().Soon()).Name);
        Assert.Equal(QmpClosedReason.PeerClosed, (await session.Closed.Soon()).Reason);
    }

    [Fact]
    public async Task A_failing_write_ends_the_session_when_reading_goes_on_for_ever()
    {
        await using var stream = new BrokenPipeStream();
        var connecting = QmpSession.ConnectAsync(stream, new QmpOptions { DrainLimit = Waits.Short });
        stream.Receive("""{"QMP": {"version": {"qemu": {"major": 9, "minor": 0, "micro": 0}, "package": ""}, "capabilities": []}}""" + "\n");
        await stream.Written.Soon();
        stream.Receive("""{"return": {}, "id": 1}""" + "\n");
        await using var session = await connecting.Soon();
        stream.BreakWrites();
        await Assert.ThrowsAsync<QmpDisconnectedException>(() => session.ExecuteAsync("query-status").Soon());
        Assert.Equal(QmpClosedReason.IoError, (await session.Closed.Soon()).Reason);
    }

    [Fact]
    public async Task One_event_too_many_ends_the_session_and_none_before_it_is_lost()
    {
        await using var qemu = FakeQemu.Start();
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath, new QmpOptions { MaxBufferedEvents = 3 });
        for (var n = 0; n < 4; n++)
        {
            await qemu.EmitAsync("TICK", new JsonObject { ["n"] = n });
        }
        var closed = await session.Closed.Soon();
        Assert.Equal(QmpClosedReason.EventOverflow, closed.Reason);
        Assert.Contains("TICK", closed.Message);
        var kept = new List<int>();
        await foreach (var happened in session.Events.ReadAllAsync())
        {
            kept.Add(happened.Data.GetProperty("n").GetInt32());
        }
        Assert.Equal([0, 1, 2], kept);
    }

    [Fact]
    public async Task An_event_beyond_its_limit_ends_the_session()
    {
        await using var qemu = FakeQemu.Start();
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        await qemu.SendLongEventAsync(70_000);
        Assert.Contains("65536", (await session.Closed.Soon()).Message);
    }

    [Theory]
    [InlineData("""{"event": "X"}""")]
    [InlineData("""{"event": "X", "timestamp": {"seconds": -1, "microseconds": -1}}""")]
    [InlineData("""{"event": "X", "timestamp": {"seconds": 99999999999999, "microseconds": 0}}""")]
    [InlineData("""{"event": "X", "timestamp": "now"}""")]
    public async Task An_event_without_a_usable_time_gets_ours(string message)
    {
        await using var qemu = FakeQemu.Start();
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        var before = DateTimeOffset.UtcNow;
        await qemu.SendRawAsync(message + "\n");
        var happened = await session.Events.ReadAsync().Soon();
        Assert.InRange(happened.Timestamp, before, DateTimeOffset.UtcNow);
        Assert.Equal(JsonValueKind.Object, happened.Data.ValueKind);
    }
}
