using System.Text;

namespace Qvmc.Qmp.Tests;

public sealed class RealAgentTests
{
    [Fact]
    public async Task Answers_what_is_asked()
    {
        await using var agent = await RealAgent.StartAsync();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var info = await session.GetInfoAsync().Soon();
        Assert.Contains("guest-exec", info.Commands);
        Assert.DoesNotContain("guest-shutdown", info.Commands);
        Assert.Equal(Environment.MachineName, await session.GetHostNameAsync().Soon());
        Assert.NotNull((await session.GetOsInfoAsync().Soon()).KernelRelease);
        Assert.Contains(await session.GetNetworkInterfacesAsync().Soon(), i => i.Name == "lo");
    }

    [Fact]
    public async Task Runs_programs()
    {
        await using var agent = await RealAgent.StartAsync();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var input = new byte[100_000];
        new Random(1).NextBytes(input);
        var cat = await session.ExecAsync("cat", stdin: input).Soon();
        Assert.Equal((0, null, false), (cat.ExitCode, cat.Signal, cat.Truncated));
        Assert.Equal(input, cat.Stdout);
        var sh = await session.ExecAsync("sh", ["-c", "echo \"$GREETING\" >&2; exit 7"], ["GREETING=hello"]).Soon();
        Assert.Equal((7, "hello\n"), (sh.ExitCode, Encoding.UTF8.GetString(sh.Stderr)));
        Assert.Equal(15, (await session.ExecAsync("sh", ["-c", "kill -TERM $$"]).Soon()).Signal);
        await Assert.ThrowsAsync<QgaCommandException>(() => session.ExecAsync("/no/such/program").Soon());
    }

    [Fact]
    public async Task A_refused_shutdown_is_told_and_leaves_it_in_step()
    {
        await using var agent = await RealAgent.StartAsync();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        // Asked for first: an agent that ignored our wish would shut down this host.
        Assert.DoesNotContain("guest-shutdown", (await session.GetInfoAsync().Soon()).Commands);
        await Assert.ThrowsAsync<QgaCommandException>(() => session.ShutdownAsync().Soon());
        await session.PingAsync().Soon();
    }

    [Fact]
    public async Task Forgets_a_command_that_was_cut_off()
    {
        await using var agent = await RealAgent.StartAsync();
        var stream = await UnixStream.ConnectAsync(agent.SocketPath, default);
        await stream.WriteAsync("{\"execute\": \"guest-ping\"}\n{\"execute\": \"guest-in"u8.ToArray());
        await using var session = QgaSession.Over(stream);
        Assert.Equal(Environment.MachineName, await session.GetHostNameAsync().Soon());
    }
}
