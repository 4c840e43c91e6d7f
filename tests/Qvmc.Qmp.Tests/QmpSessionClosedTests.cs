using System.Text;
using Qvmc.Testing;

namespace Qvmc.Qmp.Tests;

public sealed class QmpSessionClosedTests
{
    [Fact]
    public async Task Closing_in_the_middle_of_a_command_fails_everyone_who_waits()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("slow", ScriptedReply.Silence);
        qemu.On("fatal", ScriptedReply.Close);
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        var slow = session.ExecuteAsync("slow");
        await qemu.ReceivedAsync("slow");
        var errors = new[]
        {
            await Assert.ThrowsAsync<QmpDisconnectedException>(() => session.ExecuteAsync("fatal").Soon()),
            await Assert.ThrowsAsync<QmpDisconnectedException>(() => slow.Soon()),
        };
        var closed = await session.Closed.Soon();
        Assert.Equal(QmpClosedReason.PeerClosed, closed.Reason);
        Assert.All(errors, e => Assert.True(e.WasSent));
        Assert.All(errors, e => Assert.Same(closed, e.Closed));
        Assert.Equal(["fatal", "slow"], errors.Select(e => e.Command));
    }

    [Fact]
    public async Task Commands_after_the_end_say_that_they_were_not_sent()
    {
        await using var qemu = FakeQemu.Start();
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        await qemu.CloseConnectionAsync();
        await session.Closed.Soon();
        var error = await Assert.ThrowsAsync<QmpDisconnectedException>(() => session.ExecuteAsync("cont").Soon());
        Assert.False(error.WasSent);
        Assert.Equal("QMP command cont was not sent: QEMU closed its monitor", error.Message);
    }

    [Fact]
    public async Task Half_a_reply_is_no_reply()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("cut", ScriptedReply.Return("something").Half().ThenClose());
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        await Assert.ThrowsAsync<QmpDisconnectedException>(() => session.ExecuteAsync("cut").Soon());
        var closed = await session.Closed.Soon();
        Assert.Equal(QmpClosedReason.PeerClosed, closed.Reason);
        Assert.Contains("middle of a message", closed.Message);
    }

    public static TheoryData<byte[], string> Violations => new()
    {
        { "garbage\r\n"u8.ToArray(), "not JSON" },
        { "{\"return\": {}\r\n"u8.ToArray(), "not JSON" },
        { "{\"return\": {}} {\"return\": {}}\r\n"u8.ToArray(), "after a single JSON value" },
        { "[1]\r\n"u8.ToArray(), "not a JSON object" },
        { "{\"hello\": 1}\r\n"u8.ToArray(), "neither greeting" },
        { "{\"return\": \"\0\"}\r\n"u8.ToArray(), "not JSON" },
        { "\0\0\0\0\r\n"u8.ToArray(), "not JSON" },
        { [.. "{\"return\": \""u8, 0xC3, 0x28, .. "\"}\r\n"u8], "not UTF-8" },
        { [0xFF, .. "{\"return\": {}}\r\n"u8], "not UTF-8" },
        { "{\"return\": \"\\ud800\"}\r\n"u8.ToArray(), "surrogate" },
        { "{\"return\": \"\\ud800\\u0041\"}\r\n"u8.ToArray(), "surrogate" },
        { "{\"\\udc00\": 1, \"event\": \"X\"}\r\n"u8.ToArray(), "surrogate" },
        { "{\"event\": 1}\r\n"u8.ToArray(), "event has no name" },
        { "{\"event\": \"X\", \"data\": []}\r\n"u8.ToArray(), "event has no name" },
        { "{\"error\": {\"desc\": \"x\"}, \"id\": 1}\r\n"u8.ToArray(), "lacks its class" },
        { "{\"error\": null, \"id\": 1}\r\n"u8.ToArray(), "lacks its class" },
        { "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error\"}}\r\n"u8.ToArray(), "could not parse a command" },
        { "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 1, \"minor\": 2, \"micro\": 3}}, \"capabilities\": []}}\r\n"u8.ToArray(), "greeted twice" },
        { Encoding.UTF8.GetBytes("{\"return\": " + new string('[', 2000) + new string(']', 2000) + "}\r\n"), "not JSON" },
    };

    [Theory]
    [MemberData(nameof(Violations), DisableDiscoveryEnumeration = true)]
    public async Task A_violation_ends_the_session_and_says_which(byte[] sent, string complaint)
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("slow", ScriptedReply.Raw(sent));
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        var error = await Assert.ThrowsAsync<QmpDisconnectedException>(() => session.ExecuteAsync("slow").Soon());
        Assert.Equal(QmpClosedReason.ProtocolViolation, error.Closed.Reason);
        Assert.Contains(complaint, error.Closed.Message);
    }

    [Fact]
    public async Task An_endless_line_ends_the_session_at_the_limit()
    {
        await using var qemu = FakeQemu.Start();
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath, new QmpOptions { MaxMessageBytes = 1_000_000 });
        var sending = qemu.SendLongEventAsync(100_000_000);
        var closed = await session.Closed.Soon();
        Assert.Equal(QmpClosedReason.ProtocolViolation, closed.Reason);
        Assert.Contains("1000000 bytes", closed.Message);
        await sending.Soon();
    }

    [Fact]
    public async Task The_first_reason_stays()
    {
        await using var qemu = FakeQemu.Start();
        var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        await qemu.SendRawAsync("garbage\n");
        var closed = await session.Closed.Soon();
        await session.DisposeAsync();
        await session.DisposeAsync();
        Assert.Equal(QmpClosedReason.ProtocolViolation, closed.Reason);
        Assert.Same(closed, await session.Closed);
    }

    [Fact]
    public async Task Disposing_fails_who_waits_and_leaves_qemu_running()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("slow", ScriptedReply.Silence);
        var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        var slow = session.ExecuteAsync("slow");
        await qemu.ReceivedAsync("slow");
        await session.DisposeAsync().AsTask().Soon();
        Assert.Equal(QmpClosedReason.Disposed, (await Assert.ThrowsAsync<QmpDisconnectedException>(() => slow.Soon())).Closed.Reason);
        await using var next = await QmpSession.ConnectAsync(qemu.SocketPath);
        await next.ExecuteAsync("query-status").Soon();
    }
}
