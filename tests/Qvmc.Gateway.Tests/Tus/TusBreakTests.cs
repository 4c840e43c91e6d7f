using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Qvmc.Gateway.Uploads;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tests.Tus;

/// <summary>Requests that break off in the middle.</summary>
public sealed class TusBreakTests : IAsyncLifetime
{
    private const int Size = 3_000_001;
    private readonly RunningGateway _gateway = new();
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(Size);

    private FakeUpload _upload = null!;
    private string _id = "";

    public async Task InitializeAsync()
    {
        await _gateway.InitializeAsync();
        _upload = FakeUpload.Create(_gateway.Controller, new UploadHeader { Name = "i", SizeBytes = Size });
        _id = _gateway.Controller.Uploads.Single().Key;
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    [InlineData(Size - 1)]
    public async Task What_came_is_kept(int count)
    {
        var pieces = count / BodyPieces.PieceBytes * BodyPieces.PieceBytes;
        using (var tcp = await BeginAsync($"Content-Length: {Size}\r\n"))
        {
            await tcp.GetStream().WriteAsync(_bytes.AsMemory(0, count));
            await ReceivedAsync(pieces);
            tcp.Client.Shutdown(SocketShutdown.Send);
            Assert.True(await _upload.Ended.WaitAsync(RunningGateway.Limit));
        }

        Assert.InRange(_upload.Bytes.Length, pieces, count);
        Assert.Equal(_bytes[.._upload.Bytes.Length], _upload.Bytes);
        Assert.Empty(_gateway.Controller.Kept);
    }

    [Fact]
    public async Task The_image_is_made_although_the_client_has_left()
    {
        var making = new TaskCompletionSource();
        _upload.Making = making.Task;
        using (var tcp = await BeginAsync($"Content-Length: {Size}\r\n"))
        {
            await tcp.GetStream().WriteAsync(_bytes);
            await ReceivedAsync(Size);
        }

        // That nothing comes of it can only be waited for; too short a wait finds nothing, but fails nothing either.
        Assert.False(await _upload.Ended.WaitAsync(TimeSpan.FromMilliseconds(500)));
        making.SetResult();
        Assert.True(await _upload.Ended.WaitAsync(RunningGateway.Limit));
        Assert.Equal(["i"], _gateway.Controller.Kept);
    }

    [Fact]
    public async Task Without_a_length_it_ends_where_the_client_says()
    {
        using var tcp = await BeginAsync("Transfer-Encoding: chunked\r\n");
        await tcp.GetStream().WriteAsync("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"u8.ToArray());

        Assert.Equal("HTTP/1.1 204 No Content", await FirstLineAsync(tcp));
        Assert.Equal("hello world"u8.ToArray(), _upload.Bytes);
    }

    [Fact]
    public async Task A_refusal_in_the_middle_is_answered_at_once()
    {
        _gateway.Controller.RefuseUploadAfter = 500_000;
        using var tcp = await BeginAsync("Content-Length: 900000000\r\n");
        await tcp.GetStream().WriteAsync(_bytes);

        Assert.Equal("HTTP/1.1 429 Too Many Requests", await FirstLineAsync(tcp));
    }

    [Fact]
    public async Task A_gateway_that_stops_keeps_what_came()
    {
        using var tcp = await BeginAsync($"Content-Length: {Size}\r\n");
        await tcp.GetStream().WriteAsync(_bytes.AsMemory(0, 700_000));
        await ReceivedAsync(512 << 10);

        await _gateway.StopGatewayAsync();

        Assert.Equal("HTTP/1.1 503 Service Unavailable", await FirstLineAsync(tcp));
        Assert.Equal(_bytes[.._upload.Bytes.Length], _upload.Bytes);
        Assert.InRange(_upload.Bytes.Length, 512 << 10, 700_000);
    }

    private async Task<TcpClient> BeginAsync(string headers)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", _gateway.Address.Port);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"PATCH /v1/uploads/{_id} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n{headers}\r\n"));
        Assert.True(await _gateway.Controller.Arrived.WaitAsync(RunningGateway.Limit));
        return tcp;
    }

    private async Task ReceivedAsync(long count)
    {
        using var limit = new CancellationTokenSource(RunningGateway.Limit);
        while (Interlocked.Read(ref _gateway.Controller.Received) < count)
        {
            await _gateway.Controller.Came.WaitAsync(limit.Token);
        }
    }

    private static async Task<string?> FirstLineAsync(TcpClient tcp)
    {
        using var limit = new CancellationTokenSource(RunningGateway.Limit);
        return await new StreamReader(tcp.GetStream()).ReadLineAsync(limit.Token);
    }
}
