using System.Net.Sockets;
using Qvmc.Testing;

namespace Qvmc.Qmp.Tests;

public sealed class QmpSessionConnectTests
{
    private const string EarlyEvent =
        """{"timestamp": {"seconds": 10, "microseconds": 250000}, "event": "EARLY", "data": {"n": 1}}""" + "\r\n";

    [Fact]
    public async Task Reads_the_greeting_and_negotiates()
    {
        await using var qemu = FakeQemu.Start();
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        Assert.Equal(new Version(9, 2, 3), session.Greeting.Version);
        Assert.Equal("fake", session.Greeting.Package);
        Assert.Equal(["oob"], session.Greeting.Capabilities);
        Assert.Equal("qmp_capabilities", (await qemu.Commands.ReadAsync()).Name);
    }

    [Fact]
    public async Task Keeps_events_that_come_before_the_greeting()
    {
        await using var qemu = FakeQemu.Start(new FakeQemuScript { BeforeGreeting = EarlyEvent });
        await using var session = await QmpSession.ConnectAsync(qemu.SocketPath);
        var early = await session.Events.ReadAsync().Soon();
        Assert.Equal("EARLY", early.Name);
        Assert.Equal(1, early.Data.GetProperty("n").GetInt32());
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(10_250), early.Timestamp);
    }

    [Fact]
    public async Task Waits_for_a_slow_greeting()
    {
        var hold = new TaskCompletionSource();
        await using var qemu = FakeQemu.Start(new FakeQemuScript { GreetingHold = hold.Task });
        var connecting = QmpSession.ConnectAsync(qemu.SocketPath);
        await qemu.ConnectedAsync();
        Assert.False(connecting.IsCompleted);
        hold.SetResult();
        await using var session = await connecting.Soon();
        Assert.Equal("fake", session.Greeting.Package);
    }

    [Fact]
    public async Task Gives_up_on_a_greeting_that_never_comes()
    {
        await using var qemu = FakeQemu.Start(new FakeQemuScript { Greeting = null });
        var error = await Assert.ThrowsAsync<QmpConnectException>(() =>
            QmpSession.ConnectAsync(qemu.SocketPath, new QmpOptions { HandshakeLimit = Waits.Short }).Soon());
        Assert.Equal(QmpConnectFault.Timeout, error.Fault);
        Assert.Contains("waiting for its greeting", error.Message);
        Assert.Contains("another client", error.Message);
    }

    [Fact]
    public async Task Gives_up_on_a_negotiation_that_is_never_answered()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("qmp_capabilities", ScriptedReply.Silence);
        var error = await Assert.ThrowsAsync<QmpConnectException>(() =>
            QmpSession.ConnectAsync(qemu.SocketPath, new QmpOptions { HandshakeLimit = Waits.Short }).Soon());
        Assert.Equal(QmpConnectFault.Timeout, error.Fault);
        Assert.Contains("negotiating", error.Message);
    }

    [Fact]
    public async Task Tells_that_the_negotiation_was_refused()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("qmp_capabilities", ScriptedReply.Error("not today"));
        var error = await Assert.ThrowsAsync<QmpConnectException>(() => QmpSession.ConnectAsync(qemu.SocketPath).Soon());
        Assert.Equal(QmpConnectFault.Refused, error.Fault);
        Assert.Contains("not today", error.Message);
    }

    [Fact]
    public async Task Tells_that_qemu_closed_before_the_session_stood()
    {
        await using var qemu = FakeQemu.Start();
        qemu.On("qmp_capabilities", ScriptedReply.Close);
        var error = await Assert.ThrowsAsync<QmpConnectException>(() => QmpSession.ConnectAsync(qemu.SocketPath).Soon());
        Assert.Equal(QmpConnectFault.Closed, error.Fault);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "not JSON")]
    [InlineData("""{"QMP": {"version": 7, "capabilities": []}}""" + "\n", "greeting lacks")]
    [InlineData("""{"QMP": []}""" + "\n", "greeting lacks")]
    public async Task Refuses_who_is_no_monitor(string greeting, string complaint)
    {
        await using var qemu = FakeQemu.Start(new FakeQemuScript { BeforeGreeting = greeting, Greeting = null });
        var error = await Assert.ThrowsAsync<QmpConnectException>(() => QmpSession.ConnectAsync(qemu.SocketPath).Soon());
        Assert.Equal(QmpConnectFault.Closed, error.Fault);
        Assert.Contains(complaint, error.Message);
    }

    [Fact]
    public async Task Tells_that_there_is_no_socket()
    {
        using var nowhere = new TemporarySocket();
        var error = await Assert.ThrowsAsync<QmpConnectException>(() => QmpSession.ConnectAsync(nowhere.Path).Soon());
        Assert.Equal(QmpConnectFault.NotListening, error.Fault);
        Assert.Contains(nowhere.Path, error.Message);
    }

    [Fact]
    public async Task Tells_that_nobody_listens_any_more()
    {
        using var stale = new TemporarySocket();
        var qemu = FakeQemu.Start(socketPath: stale.Path);
        qemu.Kill();
        Assert.True(File.Exists(stale.Path));
        var error = await Assert.ThrowsAsync<QmpConnectException>(() => QmpSession.ConnectAsync(stale.Path).Soon());
        Assert.Equal(QmpConnectFault.NotListening, error.Fault);
        await qemu.DisposeAsync();
    }

    [Fact]
    public async Task Tells_that_others_wait_already()
    {
        using var place = new TemporarySocket();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(place.Path));
        listener.Listen(1);
        // Linux lets one more wait than it was told.
        await using var first = await UnixStream.ConnectAsync(place.Path, default);
        await using var second = await UnixStream.ConnectAsync(place.Path, default);
        var error = await Assert.ThrowsAsync<QmpConnectException>(() => QmpSession.ConnectAsync(place.Path).Soon());
        Assert.Equal(QmpConnectFault.Busy, error.Fault);
    }

    [Fact]
    public async Task Can_be_cancelled()
    {
        await using var qemu = FakeQemu.Start(new FakeQemuScript { Greeting = null });
        using var giveUp = new CancellationTokenSource();
        var connecting = QmpSession.ConnectAsync(qemu.SocketPath, null, giveUp.Token);
        await qemu.ConnectedAsync();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.Soon());
    }
}
