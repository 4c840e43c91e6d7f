using Qvmc.Testing;

namespace Qvmc.Qmp.Tests;

public sealed class QgaSessionShutdownTests
{
    [Theory]
    [InlineData(QgaShutdownMode.Powerdown, "powerdown")]
    [InlineData(QgaShutdownMode.Halt, "halt")]
    [InlineData(QgaShutdownMode.Reboot, "reboot")]
    public async Task Silence_from_an_agent_that_still_answers_is_success_at_once(QgaShutdownMode mode, string asked)
    {
        await using var agent = FakeAgent.Start();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await session.ShutdownAsync(mode, TimeSpan.FromHours(1)).Soon();
        Assert.Equal(asked, await agent.ShutdownAsked.Soon());
        await session.PingAsync().Soon();
    }

    [Fact]
    public async Task A_refusal_is_told()
    {
        await using var agent = FakeAgent.Start();
        agent.On("guest-shutdown", ScriptedReply.Error("child process has failed to shutdown"));
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var error = await Assert.ThrowsAsync<QgaCommandException>(() => session.ShutdownAsync().Soon());
        Assert.Contains("failed to shutdown", error.Message);
        Assert.Equal("guest", await session.GetHostNameAsync().Soon());
    }

    [Fact]
    public async Task No_agent_is_no_success()
    {
        await using var agent = FakeAgent.Start();
        agent.Silent = true;
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        Assert.False((await Assert.ThrowsAsync<QgaTimeoutException>(() => session.ShutdownAsync(limit: Waits.Short).Soon())).WasSent);
    }

    [Fact]
    public async Task An_agent_that_was_there_before_and_is_not_any_more_is_no_success()
    {
        await using var agent = FakeAgent.Start();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await session.PingAsync().Soon();
        agent.Silent = true;
        await Assert.ThrowsAsync<QgaTimeoutException>(() => session.ShutdownAsync(limit: Waits.Short).Soon());
    }

    [Fact]
    public async Task An_agent_that_dies_of_it_is_success()
    {
        await using var agent = FakeAgent.Start();
        agent.On("guest-shutdown", _ =>
        {
            agent.Silent = true;
            return ScriptedReply.Silence;
        });
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await session.ShutdownAsync(limit: TimeSpan.FromMilliseconds(500)).Soon();
    }

    [Fact]
    public async Task A_qemu_that_exits_of_it_is_success()
    {
        await using var agent = FakeAgent.Start();
        agent.On("guest-shutdown", ScriptedReply.Close);
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await session.ShutdownAsync().Soon();
    }
}
