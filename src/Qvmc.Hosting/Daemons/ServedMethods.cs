using Grpc.AspNetCore.Server.Model;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Qvmc.Hosting.Daemons;

/// <summary>Gives gRPC the methods of a service.</summary>
internal sealed class ServedMethods<TService>(ServiceDescriptor descriptor, Action<ServiceMethods<TService>> map) : IServiceMethodProvider<Served<TService>>
    where TService : class
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<Served<TService>> context) => map(new ServiceMethods<TService>(context, descriptor));
}
