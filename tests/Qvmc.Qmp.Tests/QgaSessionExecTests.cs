using System.Text;
using System.Text.Json.Nodes;
using Qvmc.Testing;

namespace Qvmc.Qmp.Tests;

public sealed class QgaSessionExecTests
{
    [Fact]
    public async Task A_program_is_asked_after_until_it_ends()
    {
        await using var agent = FakeAgent.Start();
        ScriptedCommand? begun = null;
        agent.OnExec(command =>
        {
            begun = command;
            return new FakeGuestProcess { ExitCode = 3, Stdout = [0, 255, 10], Stderr = "oh"u8.ToArray(), AsksUntilExit = 4, Truncated = true };
        });
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var result = await session.ExecAsync("tr", ["a", "b"], ["LANG=C"], "in"u8.ToArray()).Soon();
        Assert.Equal((3, null, true), (result.ExitCode, result.Signal, result.Truncated));
        Assert.Equal([0, 255, 10], result.Stdout);
        Assert.Equal("oh", Encoding.UTF8.GetString(result.Stderr));
        Assert.True(JsonNode.DeepEquals(begun!.Arguments, JsonNode.Parse(
            """{"path": "tr", "capture-output": true, "arg": ["a", "b"], "env": ["LANG=C"], "input-data": "aW4="}""")));
    }

    [Fact]
    public async Task A_signal_is_no_exit_code()
    {
        await using var agent = FakeAgent.Start();
        agent.OnExec(_ => new FakeGuestProcess { ExitCode = null, Signal = 9 });
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var result = await session.ExecAsync("sleep").Soon();
        Assert.Equal((null, 9), (result.ExitCode, result.Signal));
        Assert.Empty(result.Stdout);
    }

    [Fact]
    public async Task A_program_without_end_is_left_to_itself()
    {
        await using var agent = FakeAgent.Start();
        agent.OnExec(_ => new FakeGuestProcess { AsksUntilExit = int.MaxValue });
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var error = await Assert.ThrowsAsync<QgaTimeoutException>(() => session.ExecAsync("yes", limit: TimeSpan.FromMilliseconds(300)).Soon());
        Assert.Contains("1000", error.Message);
        await session.PingAsync().Soon();
    }

    [Fact]
    public async Task The_largest_output_of_an_agent_fits()
    {
        await using var agent = FakeAgent.Start();
        agent.OnExec(_ => new FakeGuestProcess { Stdout = new byte[16 * 1024 * 1024], Stderr = new byte[16 * 1024 * 1024] });
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath, new QgaOptions { CommandLimit = Waits.Limit });
        var result = await session.ExecAsync("dd", limit: Waits.Limit).Soon();
        Assert.Equal((16 * 1024 * 1024, 16 * 1024 * 1024), (result.Stdout.Length, result.Stderr.Length));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"pid": 0}""")]
    [InlineData("""{"pid": "1"}""")]
    [InlineData("""{"pid": 1e300}""")]
    public async Task A_process_needs_an_id(string returned)
    {
        await using var agent = FakeAgent.Start();
        agent.On("guest-exec", ScriptedReply.Return(JsonNode.Parse(returned)));
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await Assert.ThrowsAsync<QgaProtocolException>(() => session.ExecAsync("true").Soon());
    }

    [Theory]
    [InlineData("""{"exited": "yes"}""")]
    [InlineData("""{"exited": true}""")]
    [InlineData("""{"exited": true, "exitcode": 99999999999}""")]
    [InlineData("""{"exited": true, "exitcode": 0, "out-data": "not base64!"}""")]
    [InlineData("""{"exited": true, "exitcode": 0, "out-data": 7}""")]
    [InlineData("""{"exited": true, "exitcode": 0, "err-truncated": 1}""")]
    public async Task An_end_that_is_none_is_refused(string status)
    {
        await using var agent = FakeAgent.Start();
        agent.On("guest-exec-status", ScriptedReply.Return(JsonNode.Parse(status)));
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await Assert.ThrowsAsync<QgaProtocolException>(() => session.ExecAsync("true").Soon());
    }
}
