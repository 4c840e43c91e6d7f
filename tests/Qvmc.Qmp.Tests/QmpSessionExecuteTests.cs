using System.Text.Json;
using System.Text.Json.Nodes;
using Qvmc.Testing;

namespace Qvmc.Qmp.Tests;

public sealed class QmpSessionExecuteTests
{
    [Fact]
    public async Task Sends_arguments_and_gives_what_is_returned()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("echo", command => ScriptedReply.Return(command.Arguments));
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        var given = new JsonObject { ["text"] = "a\nb\u00e9\ud83d\ude00\"", ["list"] = new JsonArray(1, 2), ["deep"] = new JsonObject { ["x"] = null } };
        var returned = await session.ExecuteAsync("echo", given).Soon();
        Assert.True(JsonNode.DeepEquals(given, JsonObject.Create(returned)));
    }

    [Fact]
    public async Task An_error_fails_its_own_command_alone()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("bad", ScriptedReply.Error("Device 'x' not found", "DeviceNotFound"));
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        var error = await Assert.ThrowsAsync<QmpCommandException>(() => session.ExecuteAsync("bad").Soon());
        Assert.Equal(("bad", "DeviceNotFound", "Device 'x' not found"), (error.Command, error.ErrorClass, error.Description));
        Assert.Equal("prelaunch", (await session.ExecuteAsync("query-status").Soon()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Many_callers_each_get_their_own_reply()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("echo", command => ScriptedReply.Return(command.Arguments));
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(n => Task.Run(async () =>
        {
            var returned = await session.ExecuteAsync("echo", new JsonObject { ["n"] = n });
            Assert.Equal(n, returned.GetProperty("n").GetInt32());
        }))).Soon();
    }

    [Fact]
    public async Task Replies_may_come_in_another_order()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("a", ScriptedReply.Silence);
        qemu.On("b", ScriptedReply.Silence);
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        var a = session.ExecuteAsync("a");
        var idOfA = (await qemu.ReceivedAsync("a")).Id;
        var b = session.ExecuteAsync("b");
        var idOfB = (await qemu.ReceivedAsync("b")).Id;
        await qemu.SendAsync(new JsonObject { ["return"] = "of b", ["id"] = idOfB });
        await qemu.SendAsync(new JsonObject { ["return"] = "of a", ["id"] = idOfA });
        Assert.Equal("of b", (await b.Soon()).GetString());
        Assert.Equal("of a", (await a.Soon()).GetString());
    }

    [Fact]
    public async Task A_time_out_ends_one_command_and_its_late_reply_is_dropped()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("slow", ScriptedReply.Silence);
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        var error = await Assert.ThrowsAsync<QmpTimeoutException>(() => session.ExecuteAsync("slow", limit: Waits.Short).Soon());
        Assert.Equal(("slow", Waits.Short, true), (error.Command, error.Limit, error.WasSent));
        await qemu.SendAsync(new JsonObject { ["return"] = "late", ["id"] = (await qemu.ReceivedAsync("slow")).Id });
        Assert.Equal(JsonValueKind.Object, (await session.ExecuteAsync("query-status").Soon()).ValueKind);
        Assert.False(session.Closed.IsCompleted);
    }

    [Fact]
    public async Task Cancelling_ends_one_command_and_its_late_reply_is_dropped()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("slow", ScriptedReply.Silence);
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        using var giveUp = new CancellationTokenSource();
        var slow = session.ExecuteAsync("slow", ct: giveUp.Token);
        var received = await qemu.ReceivedAsync("slow");
        await giveUp.CancelAsync();
        Assert.Equal(giveUp.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow.Soon())).CancellationToken);
        await qemu.SendAsync(new JsonObject { ["error"] = new JsonObject { ["class"] = "GenericError", ["desc"] = "late" }, ["id"] = received.Id });
        await session.ExecuteAsync("query-status").Soon();
    }

    [Fact]
    public async Task Replies_with_ids_that_nobody_gave_are_dropped()
    {
        await using var qemu = FakeQemu.Start();
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        await qemu.SendRawAsync("""{"return": 1, "id": 999}""" + "\n" + """{"return": 1, "id": "x"}""" + "\n" + """{"return": 1}""" + "\n\r\n \n");
        await session.ExecuteAsync("query-status").Soon();
    }

    [Fact]
    public async Task A_qemu_that_reads_nothing_stalls_no_caller_and_gets_no_half_command()
    {
        await using var qemu = FakeQemu.Start();
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        await qemu.ReceivedAsync("qmp_capabilities");
        qemu.PauseReading();
        // More than the socket holds: it is cut off in the middle, and the next one never begins.
        var big = new JsonObject { ["text"] = new string('x', 4 * 1024 * 1024) };
        var first = await Assert.ThrowsAsync<QmpTimeoutException>(() => session.ExecuteAsync("big", big, Waits.Short).Soon());
        var second = await Assert.ThrowsAsync<QmpTimeoutException>(() => session.ExecuteAsync("query-name", limit: Waits.Short).Soon());
        Assert.True(first.WasSent);
        Assert.False(second.WasSent);
        qemu.ResumeReading();
        Assert.Equal("prelaunch", (await session.ExecuteAsync("query-status").Soon()).GetProperty("status").GetString());
        Assert.Equal("big", (await qemu.Commands.ReadAsync()).Name);
        Assert.Equal("query-status", (await qemu.Commands.ReadAsync()).Name);
    }

    [Fact]
    public async Task A_reply_of_100_megabytes_arrives_whole()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("big", command => ScriptedReply.Raw("{\"return\": \"" + new string('x', 100_000_000) + "\", \"id\": " + command.Id + "}\r\n"));
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        Assert.Equal(100_000_000, (await session.ExecuteAsync("big").Soon()).GetString()!.Length);
    }

    [Fact]
    public async Task A_reply_may_nest_deeply()
    {
        await using var qemu = FakeQemu.Start();
        var nested = string.Concat(Enumerable.Repeat("{\"backing\": ", 500)) + "1" + new string('}', 500);
        qemu.On("query-block", command => ScriptedReply.Raw($"{{\"return\": {nested}, \"id\": {command.Id}}}\r\n"));
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        Assert.Equal(JsonValueKind.Object, (await session.ExecuteAsync("query-block").Soon()).ValueKind);
    }
}
