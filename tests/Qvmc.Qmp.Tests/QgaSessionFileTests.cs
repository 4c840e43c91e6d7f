using System.Text.Json.Nodes;
using Qvmc.Testing;

namespace Qvmc.Qmp.Tests;

public sealed class QgaSessionFileTests
{
    [Theory]
    [InlineData(0, 100)]
    [InlineData(100, 100)]
    [InlineData(101, 100)]
    [InlineData(65536, 200_000)]
    [InlineData(200_000, 150_000)]
    public async Task A_file_is_read_to_its_end_or_the_limit_and_closed(int length, int limit)
    {
        await using var agent = FakeAgent.Start();
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        agent.Files["/f"] = bytes;
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        Assert.Equal(bytes[..Math.Min(length, limit)], await session.ReadFileAsync("/f", limit).Soon());
        Assert.Equal(0, agent.OpenFiles);
    }

    [Fact]
    public async Task The_real_agent_reads_files_too()
    {
        await using var agent = await RealAgent.StartAsync();
        var directory = Path.GetDirectoryName(agent.SocketPath)!;
        var file = Path.Combine(directory, "file");
        var bytes = new byte[150_000];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(file, bytes);
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        Assert.Equal(bytes, await session.ReadFileAsync(file, 1 << 20).Soon());
        Assert.Equal(bytes[..10], await session.ReadFileAsync(file, 10).Soon());
        Assert.False((await Assert.ThrowsAsync<QgaCommandException>(() => session.ReadFileAsync(file + "/x", 10).Soon())).IsMissingFile);
        Assert.True((await Assert.ThrowsAsync<QgaCommandException>(() => session.ReadFileAsync(file + "x", 10).Soon())).IsMissingFile);
        Assert.False((await Assert.ThrowsAsync<QgaCommandException>(() => session.ReadFileAsync(directory, 10).Soon())).IsMissingFile);
    }

    [Theory]
    [InlineData("""{"count": 9, "buf-b64": "MTIzNDU2Nzg5", "eof": true}""")]
    [InlineData("""{"count": 1, "buf-b64": "*", "eof": true}""")]
    [InlineData("""{"count": 1, "buf-b64": 1, "eof": true}""")]
    [InlineData("[]")]
    public async Task A_piece_that_is_none_is_refused_and_the_file_closed(string reply)
    {
        await using var agent = FakeAgent.Start();
        agent.Files["/f"] = new byte[20];
        agent.On("guest-file-read", ScriptedReply.Return(JsonNode.Parse(reply)));
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await Assert.ThrowsAsync<QgaProtocolException>(() => session.ReadFileAsync("/f", 8).Soon());
        Assert.Equal(0, agent.OpenFiles);
        await session.PingAsync().Soon();
    }

    [Theory]
    [InlineData("\"1000\"")]
    [InlineData("1.5")]
    [InlineData("{}")]
    public async Task A_handle_that_is_none_is_refused(string handle)
    {
        await using var agent = FakeAgent.Start();
        agent.On("guest-file-open", ScriptedReply.Return(JsonNode.Parse(handle)));
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await Assert.ThrowsAsync<QgaProtocolException>(() => session.ReadFileAsync("/f", 8).Soon());
    }

    // As a guest whose agent never gets to an end: one byte at a time would keep a reader busy for hours.
    [Fact]
    public async Task A_short_piece_is_the_last()
    {
        await using var agent = FakeAgent.Start();
        agent.Files["/f"] = [];
        agent.On("guest-file-read", ScriptedReply.Return(new JsonObject { ["count"] = 1, ["buf-b64"] = "MQ==", ["eof"] = false }));
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        Assert.Equal("1"u8.ToArray(), await session.ReadFileAsync("/f", 1 << 20).Soon());
    }
}
