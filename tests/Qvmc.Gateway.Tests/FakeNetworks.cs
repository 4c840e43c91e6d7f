using Grpc.Core;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Gateway.Tests;

/// <summary>The fake controller's networks: one, which is as it was last told to be.</summary>
public sealed class FakeNetworks(FakeController fake) : NetworkService.NetworkServiceBase
{
    private static readonly Network Lan = new() { Name = "lan", Kind = NetworkKind.Bridge, State = NetworkState.Ready, Addresses = 253 };

    public override Task<ListNetworksResponse> ListNetworks(ListNetworksRequest request, ServerCallContext context)
    {
        fake.Requests.Enqueue(request);
        return Task.FromResult(new ListNetworksResponse { Networks = { Lan } });
    }

    public override Task<GetNetworkResponse> GetNetwork(GetNetworkRequest request, ServerCallContext context)
    {
        fake.Requests.Enqueue(request);
        return Task.FromResult(new GetNetworkResponse { Network = Lan });
    }

    public override Task<TeardownNetworkResponse> TeardownNetwork(TeardownNetworkRequest request, ServerCallContext context)
    {
        fake.Requests.Enqueue(request);
        return Task.FromResult(new TeardownNetworkResponse { Network = new Network(Lan) { State = NetworkState.Down } });
    }
}
