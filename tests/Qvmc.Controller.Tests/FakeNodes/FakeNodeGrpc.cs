using Google.Protobuf;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Qemu.V1;
using ListNetworksRequest = Qvmc.Protos.Qemu.V1.ListNetworksRequest;
using ListNetworksResponse = Qvmc.Protos.Qemu.V1.ListNetworksResponse;
using TeardownNetworkRequest = Qvmc.Protos.Qemu.V1.TeardownNetworkRequest;
using TeardownNetworkResponse = Qvmc.Protos.Qemu.V1.TeardownNetworkResponse;

namespace Qvmc.Controller.Tests.FakeNodes;

/// <summary>The gRPC edge of a fake node.</summary>
internal sealed class FakeNodeGrpc(FakeNode node) : QemuService.QemuServiceBase
{
    public override async Task<EnsureResponse> Ensure(EnsureRequest request, ServerCallContext context) =>
        new() { Machine = await node.EnsureAsync(request.Order) };

    public override async Task<RemoveResponse> Remove(RemoveRequest request, ServerCallContext context)
    {
        await node.RemoveAsync(request);
        return new RemoveResponse();
    }

    public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
    {
        await foreach (var told in node.Watch().ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(told, context.CancellationToken);
        }
    }

    public override Task<ExecResponse> Exec(ExecRequest request, ServerCallContext context) => request.Command[0] == "sleep"
        ? throw new FaultException(FaultCode.Timeout, "the command did not end")
        : Task.FromResult(new ExecResponse { ExitCode = 3, Stdout = ByteString.CopyFromUtf8($"{string.Join(' ', request.Command)} {request.Timeout.Seconds}") });

    public override Task<ConsoleResponse> Console(ConsoleRequest request, ServerCallContext context) =>
        Task.FromResult(new ConsoleResponse { Data = ByteString.CopyFromUtf8("booting\r\n\u001b[1mlogin:") });

    public override Task<GetHostResponse> GetHost(GetHostRequest request, ServerCallContext context) => Task.FromResult(new GetHostResponse
    {
        Host = new Host { Name = node.OwnName, Version = "0.1.0", QemuVersion = "7.2.0", Accelerator = Accelerator.Tcg, Cpus = 2, MemoryMib = node.MemoryMib, DiskFreeMib = node.DiskFreeMib, Networks = { "user" } },
    });

    public override Task<ListNetworksResponse> ListNetworks(ListNetworksRequest request, ServerCallContext context)
    {
        node.NetworksAsked++;
        if (node.IsSlowWithNetworks)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, ""));
        }

        return node.Networks is { } networks
            ? Task.FromResult(new ListNetworksResponse { Networks = { networks } })
            : throw new RpcException(new Status(StatusCode.Unimplemented, ""));
    }

    public override Task<TeardownNetworkResponse> TeardownNetwork(TeardownNetworkRequest request, ServerCallContext context)
    {
        var network = node.Networks!.Single(n => n.Name == request.Name);
        if (network.Kind != NetworkKind.Bridge)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"network \"{request.Name}\" is no bridge of ours");
        }

        node.Networks = [.. node.Networks!.Select(n => n == network ? new Network(n) { State = NetworkState.Down } : n)];
        return Task.FromResult(new TeardownNetworkResponse { Network = network });
    }
}
