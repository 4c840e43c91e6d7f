using Google.Protobuf;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Faults;
using Qvmc.Hosting.Tests.Daemons;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Tests.Faults;

public sealed class FaultInterceptorTests : IAsyncLifetime
{
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(b => b, b => b);
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-fault-").FullName;
    private RunningDaemon _daemon = null!;

    public async Task InitializeAsync() => _daemon = await RunningDaemon.StartAsync(new Endpoint { Address = $"unix://{_directory}/d.sock" });

    public async Task DisposeAsync()
    {
        await _daemon.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_fault_arrives_with_its_fields()
    {
        _daemon.Script.Get = (_, _) => throw FaultException.Invalid([new FieldFault("name", "is bad")]);

        var fault = await FailAsync();

        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.Equal([new FieldFault("name", "is bad")], fault.Fields);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_defect_keeps_its_secrets(bool asFault)
    {
        _daemon.Script.Get = (_, _) => throw (asFault ? new FaultException(FaultCode.Internal, "secret") : new InvalidOperationException("secret"));

        var fault = await FailAsync();

        Assert.Equal(FaultCode.Internal, fault.Code);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
        Assert.Matches("incident [0-9a-f]{12}$", fault.Message);
    }

    [Theory]
    [InlineData(28, FaultCode.ResourceExhausted, "disk is full")]
    [InlineData(24, FaultCode.ResourceExhausted, "no more files")]
    [InlineData(5, FaultCode.Unavailable, "disk does not work")]
    public async Task What_the_kernel_refuses_is_no_defect(int number, FaultCode code, string words)
    {
        _daemon.Script.Get = (_, _) => throw new IOException("what the kernel says", number);

        var fault = await FailAsync();

        Assert.Equal(code, fault.Code);
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.Contains("what the kernel says", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deadline_is_not_a_defect()
    {
        _daemon.Script.Get = async (_, context) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
            return new GetImageResponse();
        };

        var e = await Assert.ThrowsAsync<RpcException>(async () =>
            await _daemon.Images.GetImageAsync(new GetImageRequest(), deadline: DateTime.UtcNow.AddMilliseconds(200)));

        Assert.Equal(StatusCode.DeadlineExceeded, e.StatusCode);
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x0a, 0x02, 0xc3, 0x28 })]
    [InlineData(new byte[] { 0x0a, 0x7f, 0x41 })]
    public async Task A_malformed_message_is_the_caller_s_fault(byte[] request)
    {
        var method = new Method<byte[], byte[]>(MethodType.Unary, "image.v1.ImageService", "GetImage", Raw, Raw);
        using var call = _daemon.Channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(), request);

        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
    }

    [Fact]
    public async Task A_malformed_message_in_a_stream_is_the_caller_s_fault()
    {
        var method = new Method<byte[], byte[]>(MethodType.ClientStreaming, "image.v1.ImageService", "UploadImage", Raw, Raw);
        using var call = _daemon.Channel.CreateCallInvoker().AsyncClientStreamingCall(method, null, new CallOptions());
        await call.RequestStream.WriteAsync(new UploadImageRequest { Chunk = ByteString.CopyFromUtf8("x") }.ToByteArray());
        await call.RequestStream.WriteAsync([0xff]);

        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
    }

    [Fact]
    public async Task A_stream_that_breaks_off_is_a_call_that_was_cancelled()
    {
        var limit = TimeSpan.FromSeconds(60);
        using (var call = _daemon.Images.UploadImage())
        {
            await call.RequestStream.WriteAsync(new UploadImageRequest { Chunk = ByteString.CopyFromUtf8("x") });
            await _daemon.Script.Came.Task.WaitAsync(limit);
        }

        Assert.IsAssignableFrom<OperationCanceledException>(await _daemon.Script.Broken.Task.WaitAsync(limit));
    }

    private async Task<FaultException> FailAsync() => FaultStatus.FromRpc(
        await Assert.ThrowsAsync<RpcException>(async () => await _daemon.Images.GetImageAsync(new GetImageRequest { Name = "a" })));
}
