using Grpc.Core;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Cli.Tests.Fakes;

/// <summary>Networks as a test gives them.</summary>
public sealed class FakeNetworks : NetworkService.NetworkServiceBase
{
    public List<Network> All { get; } = [];

    public List<string> Unreachable { get; } = [];

    public override Task<ListNetworksResponse> ListNetworks(ListNetworksRequest request, ServerCallContext context) => Task.FromResult(new ListNetworksResponse
    {
        Networks = { All.Where(n => request.Node.Length == 0 || n.Node == request.Node) },
        Unreachable = { Unreachable },
    });

    public override Task<GetNetworkResponse> GetNetwork(GetNetworkRequest request, ServerCallContext context) =>
        Task.FromResult(new GetNetworkResponse { Network = Find(request.Name, request.Node) });

    public override Task<TeardownNetworkResponse> TeardownNetwork(TeardownNetworkRequest request, ServerCallContext context)
    {
        var network = Find(request.Name, request.Node);
        if (network.Instances.Count > 0)
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, $"network \"{network.Name}\" is in use by \"{network.Instances[0]}\": stop it first"));
        }

        network.State = NetworkState.Down;
        return Task.FromResult(new TeardownNetworkResponse { Network = network });
    }

    private Network Find(string name, string node) => All.Find(n => n.Name == name && (node.Length == 0 || n.Node == node))
        ?? throw new RpcException(new Status(StatusCode.NotFound, $"there is no network \"{name}\""));
}
