using Qvmc.Hosting.Daemons;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Controller.Services;

/// <summary>The methods of network.v1.</summary>
internal static class NetworkMethods
{
    public static void Map(ServiceMethods<NetworkGrpc> methods)
    {
        methods.Unary<ListNetworksRequest, ListNetworksResponse>(nameof(NetworkGrpc.ListNetworks), (service, request, call) => service.ListNetworks(request, call));
        methods.Unary<GetNetworkRequest, GetNetworkResponse>(nameof(NetworkGrpc.GetNetwork), (service, request, call) => service.GetNetwork(request, call));
        methods.Unary<TeardownNetworkRequest, TeardownNetworkResponse>(nameof(NetworkGrpc.TeardownNetwork), (service, request, call) => service.TeardownNetwork(request, call));
    }
}
