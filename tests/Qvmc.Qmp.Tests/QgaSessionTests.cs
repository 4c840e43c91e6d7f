using System.Text;
using System.Text.Json.Nodes;
using Qvmc.Testing;

namespace Qvmc.Qmp.Tests;

public sealed class QgaSessionTests
{
    private static readonly QgaOptions s_impatient = new() { CommandLimit = Waits.Short };

    [Fact]
    public async Task Gets_into_step_once_and_then_just_asks()
    {
        await using var agent = FakeAgent.Start();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await session.PingAsync().Soon();
        await session.PingAsync().Soon();
        Assert.Equal("guest-sync-delimited", (await agent.Commands.ReadAsync()).Name);
        Assert.Equal("guest-ping", (await agent.Commands.ReadAsync()).Name);
        var second = await agent.Commands.ReadAsync();
        Assert.Equal("guest-ping", second.Name);
        Assert.Null(second.Id);
    }

    [Fact]
    public async Task What_an_earlier_client_left_unread_is_dropped()
    {
        await using var agent = FakeAgent.Start();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await agent.ConnectedAsync();
        await agent.SendRawAsync(((byte[])[0xFF, .. "{\"return\": 77}\n{\"return\": {\"host-name\": \"other\"}}\ngarbage\n{\"return\": {\"ha"u8]).AsMemory());
        Assert.Equal("guest", await session.GetHostNameAsync().Soon());
    }

    [Fact]
    public async Task A_command_that_an_earlier_client_cut_off_is_forgotten()
    {
        await using var agent = FakeAgent.Start();
        var stream = await UnixStream.ConnectAsync(agent.SocketPath, default);
        await stream.WriteAsync("{\"execute\": \"guest-shut"u8.ToArray());
        await using var session = QgaSession.Over(stream);
        await session.PingAsync().Soon();
    }

    [Fact]
    public async Task An_error_fails_its_command_and_the_next_one_needs_no_new_step()
    {
        await using var agent = FakeAgent.Start();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var error = await Assert.ThrowsAsync<QgaCommandException>(() => session.ExecuteAsync("guest-make-coffee").Soon());
        Assert.Equal(("guest-make-coffee", "CommandNotFound"), (error.Command, error.ErrorClass));
        await session.PingAsync().Soon();
        await agent.ReceivedAsync("guest-make-coffee");
        Assert.Equal("guest-ping", (await agent.Commands.ReadAsync()).Name);
    }

    [Fact]
    public async Task No_agent_means_a_time_out_before_the_command()
    {
        await using var agent = FakeAgent.Start();
        agent.Silent = true;
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath, s_impatient);
        var error = await Assert.ThrowsAsync<QgaTimeoutException>(() => session.GetHostNameAsync().Soon());
        Assert.False(error.WasSent);
        Assert.Contains("installed and running", error.Message);
        agent.Silent = false;
        Assert.Equal("guest", await session.GetHostNameAsync(Waits.Limit).Soon());
    }

    [Fact]
    public async Task A_late_reply_is_not_the_next_commands()
    {
        await using var agent = FakeAgent.Start();
        agent.On("guest-get-time", ScriptedReply.Silence);
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await session.PingAsync().Soon();
        var error = await Assert.ThrowsAsync<QgaTimeoutException>(() => session.ExecuteAsync("guest-get-time", limit: Waits.Short).Soon());
        Assert.True(error.WasSent);
        await agent.SendRawAsync("{\"return\": {\"host-name\": \"wrong\"}}\n");
        Assert.Equal("guest", await session.GetHostNameAsync().Soon());
    }

    [Fact]
    public async Task Callers_take_turns()
    {
        await using var agent = FakeAgent.Start();
        var running = 0;
        agent.On("guest-get-host-name", async (_, ct) =>
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return ScriptedReply.Return(new JsonObject { ["host-name"] = "guest" });
        });
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var names = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => session.GetHostNameAsync()))).Soon();
        Assert.All(names, n => Assert.Equal("guest", n));
    }

    [Fact]
    public async Task Waiting_for_the_turn_counts_and_can_be_cancelled()
    {
        await using var agent = FakeAgent.Start();
        agent.On("guest-get-time", ScriptedReply.Silence);
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var slow = session.ExecuteAsync("guest-get-time", limit: Waits.Limit);
        await agent.ReceivedAsync("guest-get-time");
        Assert.False((await Assert.ThrowsAsync<QgaTimeoutException>(() => session.PingAsync(Waits.Short).Soon())).WasSent);
        using var giveUp = new CancellationTokenSource();
        var waiting = session.PingAsync(ct: giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());
        Assert.False(slow.IsCompleted);
        await session.DisposeAsync();
        Assert.True((await Assert.ThrowsAsync<QgaDisconnectedException>(() => slow.Soon())).WasSent);
    }

    [Fact]
    public async Task A_closed_socket_ends_it()
    {
        await using var agent = FakeAgent.Start();
        agent.On("guest-get-time", ScriptedReply.Close);
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        Assert.True((await Assert.ThrowsAsync<QgaDisconnectedException>(() => session.ExecuteAsync("guest-get-time").Soon())).WasSent);
        Assert.False((await Assert.ThrowsAsync<QgaDisconnectedException>(() => session.PingAsync().Soon())).WasSent);
    }

    [Fact]
    public async Task No_socket_is_said_so()
    {
        using var nowhere = new TemporarySocket();
        var error = await Assert.ThrowsAsync<QgaDisconnectedException>(() => QgaSession.ConnectAsync(nowhere.Path).Soon());
        Assert.Contains(nowhere.Path, error.Message);
    }

    public static TheoryData<byte[]> HostileReplies =>
    [
        "garbage\n"u8.ToArray(),
        "{\"return\": {\"host-name\": \n"u8.ToArray(),
        "{}\n"u8.ToArray(),
        "[]\n"u8.ToArray(),
        "{\"return\": null}\n"u8.ToArray(),
        "{\"return\": {\"host-name\": 1}}\n"u8.ToArray(),
        "{\"return\": {}}\n"u8.ToArray(),
        "{\"return\": {\"host-name\": \"\\ud800\"}}\n"u8.ToArray(),
        "{\"return\": {\"host-name\": \"\\u001b[2J\"}}\n"u8.ToArray(),
        "{\"error\": 7}\n"u8.ToArray(),
        "{\"error\": {\"class\": 7, \"desc\": []}}\n"u8.ToArray(),
        [.. "{\"return\": {\"host-name\": \""u8, 0xC3, .. "\"}}\n"u8],
        "\0\n"u8.ToArray(),
        Encoding.ASCII.GetBytes($"{{\"return\": {{\"host-name\": \"{new string('x', 5000)}\"}}}}\n"),
        Encoding.ASCII.GetBytes($"{{\"return\": {new string('[', 100)}{new string(']', 100)}}}\n"),
        Encoding.ASCII.GetBytes(new string('x', 3_000_000) + "\n"),
        Encoding.ASCII.GetBytes(new string('x', 3_000_000)),
    ];

    [Theory]
    [MemberData(nameof(HostileReplies), DisableDiscoveryEnumeration = true)]
    public async Task A_hostile_reply_fails_its_command_and_no_other(byte[] reply)
    {
        await using var agent = FakeAgent.Start();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath, new QgaOptions { MaxMessageBytes = 2_000_000 });
        agent.On("guest-get-host-name", ScriptedReply.Raw(reply));
        await Assert.ThrowsAsync<QgaProtocolException>(() => session.GetHostNameAsync().Soon());
        await session.PingAsync().Soon();
    }

    [Fact]
    public async Task A_flood_is_not_waded_through_for_ever()
    {
        await using var agent = FakeAgent.Start();
        agent.On("guest-sync-delimited", ScriptedReply.Raw(string.Concat(Enumerable.Repeat("{}\n", 20_000))));
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        Assert.Contains("nobody asked for", (await Assert.ThrowsAsync<QgaProtocolException>(() => session.PingAsync().Soon())).Message);
    }
}
