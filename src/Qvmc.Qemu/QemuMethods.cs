using Qvmc.Hosting.Daemons;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu;

/// <summary>The methods of qemu.v1.</summary>
internal static class QemuMethods
{
    public static void Map(ServiceMethods<QemuApi> methods)
    {
        methods.Unary<EnsureRequest, EnsureResponse>(nameof(QemuApi.Ensure), (service, request, call) => service.Ensure(request, call));
        methods.Unary<RemoveRequest, RemoveResponse>(nameof(QemuApi.Remove), (service, request, call) => service.Remove(request, call));
        methods.Unary<GetRequest, GetResponse>(nameof(QemuApi.Get), (service, request, call) => service.Get(request, call));
        methods.ServerStreaming<WatchRequest, WatchResponse>(nameof(QemuApi.Watch), (service, request, responses, call) => service.Watch(request, responses, call));
        methods.Unary<ExecRequest, ExecResponse>(nameof(QemuApi.Exec), (service, request, call) => service.Exec(request, call));
        methods.Unary<ConsoleRequest, ConsoleResponse>(nameof(QemuApi.Console), (service, request, call) => service.Console(request, call));
        methods.ServerStreaming<ExportDiskRequest, ExportDiskResponse>(nameof(QemuApi.ExportDisk), (service, request, responses, call) => service.ExportDisk(request, responses, call));
        methods.Unary<GetHostRequest, GetHostResponse>(nameof(QemuApi.GetHost), (service, request, call) => service.GetHost(request, call));
        methods.Unary<ListNetworksRequest, ListNetworksResponse>(nameof(QemuApi.ListNetworks), (service, request, call) => service.ListNetworks(request, call));
        methods.Unary<TeardownNetworkRequest, TeardownNetworkResponse>(nameof(QemuApi.TeardownNetwork), (service, request, call) => service.TeardownNetwork(request, call));
    }
}
