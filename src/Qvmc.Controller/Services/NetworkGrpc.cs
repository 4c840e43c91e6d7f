using Grpc.Core;
using Qvmc.Controller.Verbs;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Controller.Services;

/// <summary>The gRPC edge of network.v1.</summary>
internal sealed class NetworkGrpc(NetworkVerbs networks) : NetworkService.NetworkServiceBase
{
    public override Task<ListNetworksResponse> ListNetworks(ListNetworksRequest request, ServerCallContext context) => networks.ListAsync(request, context.CancellationToken);

    public override Task<GetNetworkResponse> GetNetwork(GetNetworkRequest request, ServerCallContext context) => networks.GetAsync(request, context.CancellationToken);

    public override Task<TeardownNetworkResponse> TeardownNetwork(TeardownNetworkRequest request, ServerCallContext context) =>
        networks.TeardownAsync(request, context.CancellationToken);
}
