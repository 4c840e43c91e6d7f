using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Hosting.Daemons;
using Qvmc.Hosting.Endpoints;
using Qvmc.Hosting.Faults;
using Qvmc.Hosting.Tests.Daemons;
using Qvmc.Hosting.Tests.Endpoints;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Testing;

namespace Qvmc.Hosting.Tests.ByteChannels;

public sealed class ByteChannelTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-bytes-").FullName;
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(3_000_001);

    private string SocketPath => Path.Combine(_directory, "d.sock");

    private Endpoint Unix => new() { Address = $"unix://{SocketPath}" };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(EndpointKind.Unix)]
    [InlineData(EndpointKind.Http)]
    [InlineData(EndpointKind.Https)]
    public async Task Bytes_arrive_whole(EndpointKind scheme)
    {
        using var authority = new TestAuthority(_directory, "ours");
        var listen = scheme switch
        {
            EndpointKind.Unix => Unix,
            EndpointKind.Http => new Endpoint { Address = "http://127.0.0.1:0" },
            _ => new Endpoint { Address = "https://127.0.0.1:0", Tls = authority.Issue("server", trusted: authority) },
        };
        var tls = scheme == EndpointKind.Https ? authority.Issue("client", trusted: authority) : null;
        await using var daemon = await RunningDaemon.StartAsync(listen, connect: new Endpoint { Tls = tls });

        var image = await UploadAsync(daemon, new Endpoint { Address = DaemonRunner.Address(daemon.App).ToString(), Tls = tls }, _bytes);

        Assert.Equal(((ulong)_bytes.Length, Convert.ToHexStringLower(SHA256.HashData(_bytes))), (image.SizeBytes, image.Digest));
    }

    [Fact]
    public async Task Nobody_without_a_certificate_brings_bytes()
    {
        using var authority = new TestAuthority(_directory, "ours");
        await using var daemon = await RunningDaemon.StartAsync(
            new Endpoint { Address = "https://127.0.0.1:0", Tls = authority.Issue("server", trusted: authority) }, connect: new Endpoint { Tls = authority.Issue("client", trusted: authority) });
        var stranger = new ByteChannelClient(new Endpoint { Address = DaemonRunner.Address(daemon.App).ToString(), Tls = new Tls { ClientCa = authority.RootFile } });

        // TLS 1.3 lets a client write before the server has looked at what it shows.
        var refused = await Record.ExceptionAsync(async () =>
        {
            await using var bytes = await stranger.OpenAsync(CancellationToken.None);
            using var limit = new CancellationTokenSource(Limit);
            while (true)
            {
                await bytes.WriteAsync(_bytes, limit.Token);
            }
        });

        Assert.True(refused is IOException or FaultException { Code: FaultCode.Unavailable }, refused?.ToString());
    }

    [Fact]
    public async Task Nothing_at_all_is_a_channel_too()
    {
        await using var daemon = await RunningDaemon.StartAsync(Unix);

        Assert.Equal(0UL, (await UploadAsync(daemon, Unix, [])).SizeBytes);
    }

    [Fact]
    public async Task Bytes_may_come_before_their_call()
    {
        await using var daemon = await RunningDaemon.StartAsync(Unix);
        await using var channel = await new ByteChannelClient(Unix).OpenAsync(CancellationToken.None);
        await channel.WriteAsync(_bytes.AsMemory(0, 1000), CancellationToken.None);
        await channel.EndAsync();
        using var call = daemon.Images.UploadImage();

        await call.RequestStream.WriteAsync(Channel(channel.Name));
        await call.RequestStream.WriteAsync(Channel(channel.Name, 1000));
        await call.RequestStream.CompleteAsync();

        Assert.Equal(1000UL, (await call).Image.SizeBytes);
    }

    [Fact]
    public async Task Chunks_go_with_the_call_as_before()
    {
        await using var daemon = await RunningDaemon.StartAsync(Unix);
        using var call = daemon.Images.UploadImage();
        await call.RequestStream.WriteAsync(new UploadImageRequest { Chunk = ByteString.CopyFrom(1, 2, 3) });
        await call.RequestStream.CompleteAsync();

        Assert.Equal(3UL, (await call).Image.SizeBytes);
    }

    [Theory]
    [InlineData(null, "nothing said that these are all")]
    [InlineData(999UL, "999 bytes were sent")]
    [InlineData(1001UL, "1001 bytes were sent")]
    public async Task An_end_that_is_not_told_or_told_wrongly_is_none(ulong? told, string message)
    {
        await using var daemon = await RunningDaemon.StartAsync(Unix);
        using var call = daemon.Images.UploadImage();
        await using var channel = await new ByteChannelClient(Unix).OpenAsync(CancellationToken.None);
        await call.RequestStream.WriteAsync(Channel(channel.Name));
        await channel.WriteAsync(_bytes.AsMemory(0, 1000), CancellationToken.None);
        await channel.EndAsync();
        if (told is not null)
        {
            await call.RequestStream.WriteAsync(Channel(channel.Name, told));
        }
        await call.RequestStream.CompleteAsync();

        var fault = await FaultOfAsync(call);

        Assert.Equal(FaultCode.Unavailable, fault.Code);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("../../../../../../../etc/shadow!")]
    public async Task A_name_that_is_none_is_refused(string name)
    {
        await using var daemon = await RunningDaemon.StartAsync(Unix);
        using var call = daemon.Images.UploadImage();
        await call.RequestStream.WriteAsync(Channel(name));

        var fault = await FaultOfAsync(call);

        Assert.Equal((FaultCode.InvalidArgument, "channel.name"), (fault.Code, Assert.Single(fault.Fields).Field));
    }

    [Fact]
    public async Task A_channel_that_does_not_come_is_not_waited_for_for_ever()
    {
        var clock = new HandClock(ByteChannelServer.MeetingLimit);
        await using var daemon = await RunningDaemon.StartAsync(Unix, time: clock);
        using var call = daemon.Images.UploadImage();
        await call.RequestStream.WriteAsync(Channel(ByteChannelGreeting.NewName()));
        await clock.RingAsync();

        Assert.Equal(FaultCode.Unavailable, (await FaultOfAsync(call)).Code);
    }

    [Fact]
    public async Task A_channel_that_nobody_takes_is_closed()
    {
        var clock = new HandClock(ByteChannelServer.MeetingLimit);
        await using var daemon = await RunningDaemon.StartAsync(Unix, time: clock);
        using var connection = await GreetAsync(ByteChannelGreeting.Of(ByteChannelGreeting.NewName()));
        await clock.RingAsync();

        Assert.Equal(0, await EndAsync(connection));
    }

    [Fact]
    public async Task A_second_channel_of_a_name_is_closed()
    {
        await using var daemon = await RunningDaemon.StartAsync(Unix);
        var greeting = ByteChannelGreeting.Of(ByteChannelGreeting.NewName());
        using var first = await GreetAsync(greeting);
        using var second = await GreetAsync(greeting);
        var ends = new[] { EndAsync(first), EndAsync(second) };

        Assert.Equal(0, await await Task.WhenAny(ends));
        Assert.Contains(ends, end => !end.IsCompleted);
    }

    [Fact]
    public async Task A_call_that_has_ended_closes_its_channel()
    {
        await using var daemon = await RunningDaemon.StartAsync(Unix);
        await using var channel = await new ByteChannelClient(Unix).OpenAsync(CancellationToken.None);
        using (var call = daemon.Images.UploadImage())
        {
            await call.RequestStream.WriteAsync(Channel(channel.Name));
            await channel.WriteAsync(_bytes.AsMemory(0, 1000), CancellationToken.None);
            await daemon.Script.Came.Task.WaitAsync(Limit);
        }

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            using var limit = new CancellationTokenSource(Limit);
            while (true)
            {
                await channel.WriteAsync(_bytes, limit.Token);
            }
        });
        Assert.NotNull(await daemon.Script.Broken.Task.WaitAsync(Limit));
    }

    [Fact]
    public async Task Http2_that_comes_in_pieces_is_served()
    {
        await using var daemon = await RunningDaemon.StartAsync(Unix);
        using var connection = await GreetAsync("P"u8.ToArray());
        foreach (var piece in Encoding.ASCII.GetBytes("RI * HTTP/2.0\r\n\r\nSM\r\n\r\n").Chunk(5))
        {
            await connection.SendAsync(piece);
        }
        await connection.SendAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 });
        var answer = new byte[9];
        using var limit = new CancellationTokenSource(Limit);
        await new NetworkStream(connection).ReadExactlyAsync(answer, limit.Token);

        // RFC 9113, 6.5: SETTINGS is frame type 4.
        Assert.Equal(4, answer[3]);
    }

    [Fact]
    public async Task A_connection_that_says_nothing_holds_up_no_stop()
    {
        var daemon = await RunningDaemon.StartAsync(Unix);
        using var silent = await GreetAsync([]);
        using var undecided = await GreetAsync("qvmc-by"u8.ToArray());
        // Both are served once a later one is.
        await daemon.Images.GetImageAsync(new GetImageRequest());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        await daemon.App.StopAsync(limit.Token);

        Assert.Equal((0, 0), (await EndAsync(silent), await EndAsync(undecided)));
        await daemon.DisposeAsync();
    }

    [Fact]
    public async Task A_daemon_that_is_away_is_said_to_be()
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => new ByteChannelClient(Unix).OpenAsync(CancellationToken.None));

        Assert.Equal(FaultCode.Unavailable, fault.Code);
        Assert.Contains(SocketPath, fault.Message, StringComparison.Ordinal);
    }

    private static async Task<Image> UploadAsync(RunningDaemon daemon, Endpoint endpoint, byte[] bytes)
    {
        using var call = daemon.Images.UploadImage();
        await using var channel = await new ByteChannelClient(endpoint).OpenAsync(CancellationToken.None);
        await call.RequestStream.WriteAsync(Channel(channel.Name));
        foreach (var piece in bytes.Chunk(100_000))
        {
            await channel.WriteAsync(piece, CancellationToken.None);
        }
        await channel.EndAsync();
        await call.RequestStream.WriteAsync(Channel(channel.Name, channel.Sent));
        await call.RequestStream.CompleteAsync();
        return (await call.ResponseAsync.WaitAsync(Limit)).Image;
    }

    private static UploadImageRequest Channel(string name, ulong? sent = null)
    {
        var channel = new ByteChannel { Name = name };
        if (sent is { } all)
        {
            channel.SentBytes = all;
        }
        return new UploadImageRequest { Channel = channel };
    }

    private static async Task<FaultException> FaultOfAsync(AsyncClientStreamingCall<UploadImageRequest, UploadImageResponse> call) =>
        FaultStatus.FromRpc(await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Limit)));

    private async Task<Socket> GreetAsync(byte[] greeting)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        await socket.SendAsync(greeting);
        return socket;
    }

    private static async Task<int> EndAsync(Socket connection)
    {
        using var limit = new CancellationTokenSource(Limit);
        return await connection.ReceiveAsync(new byte[1], limit.Token);
    }
}
