using Qvmc.Hosting.Daemons;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Controller.Services;

/// <summary>The methods of controller.v1.</summary>
internal static class ControllerMethods
{
    public static void Map(ServiceMethods<ControllerGrpc> methods)
    {
        methods.Unary<LaunchRequest, LaunchResponse>(nameof(ControllerGrpc.Launch), (service, request, call) => service.Launch(request, call));
        methods.Unary<StartRequest, StartResponse>(nameof(ControllerGrpc.Start), (service, request, call) => service.Start(request, call));
        methods.Unary<StopRequest, StopResponse>(nameof(ControllerGrpc.Stop), (service, request, call) => service.Stop(request, call));
        methods.Unary<RestartRequest, RestartResponse>(nameof(ControllerGrpc.Restart), (service, request, call) => service.Restart(request, call));
        methods.Unary<PauseRequest, PauseResponse>(nameof(ControllerGrpc.Pause), (service, request, call) => service.Pause(request, call));
        methods.Unary<ResumeRequest, ResumeResponse>(nameof(ControllerGrpc.Resume), (service, request, call) => service.Resume(request, call));
        methods.Unary<InfoRequest, InfoResponse>(nameof(ControllerGrpc.Info), (service, request, call) => service.Info(request, call));
        methods.Unary<ListRequest, ListResponse>(nameof(ControllerGrpc.List), (service, request, call) => service.List(request, call));
        methods.Unary<UpdateRequest, UpdateResponse>(nameof(ControllerGrpc.Update), (service, request, call) => service.Update(request, call));
        methods.Unary<AddDiskRequest, AddDiskResponse>(nameof(ControllerGrpc.AddDisk), (service, request, call) => service.AddDisk(request, call));
        methods.Unary<UpdateDiskRequest, UpdateDiskResponse>(nameof(ControllerGrpc.UpdateDisk), (service, request, call) => service.UpdateDisk(request, call));
        methods.Unary<RemoveDiskRequest, RemoveDiskResponse>(nameof(ControllerGrpc.RemoveDisk), (service, request, call) => service.RemoveDisk(request, call));
        methods.Unary<AttachCdromRequest, AttachCdromResponse>(nameof(ControllerGrpc.AttachCdrom), (service, request, call) => service.AttachCdrom(request, call));
        methods.Unary<DetachCdromRequest, DetachCdromResponse>(nameof(ControllerGrpc.DetachCdrom), (service, request, call) => service.DetachCdrom(request, call));
        methods.Unary<AddForwardRequest, AddForwardResponse>(nameof(ControllerGrpc.AddForward), (service, request, call) => service.AddForward(request, call));
        methods.Unary<RemoveForwardRequest, RemoveForwardResponse>(nameof(ControllerGrpc.RemoveForward), (service, request, call) => service.RemoveForward(request, call));
        methods.Unary<AddNicRequest, AddNicResponse>(nameof(ControllerGrpc.AddNic), (service, request, call) => service.AddNic(request, call));
        methods.Unary<RemoveNicRequest, RemoveNicResponse>(nameof(ControllerGrpc.RemoveNic), (service, request, call) => service.RemoveNic(request, call));
        methods.ServerStreaming<ExportDiskRequest, ExportDiskResponse>(nameof(ControllerGrpc.ExportDisk), (service, request, responses, call) => service.ExportDisk(request, responses, call));
        methods.Unary<DeleteRequest, DeleteResponse>(nameof(ControllerGrpc.Delete), (service, request, call) => service.Delete(request, call));
        methods.ServerStreaming<WatchRequest, WatchResponse>(nameof(ControllerGrpc.Watch), (service, request, responses, call) => service.Watch(request, responses, call));
        methods.Unary<WaitRequest, WaitResponse>(nameof(ControllerGrpc.Wait), (service, request, call) => service.Wait(request, call));
        methods.Unary<ExecRequest, ExecResponse>(nameof(ControllerGrpc.Exec), (service, request, call) => service.Exec(request, call));
        methods.Unary<ConsoleRequest, ConsoleResponse>(nameof(ControllerGrpc.Console), (service, request, call) => service.Console(request, call));
        methods.Unary<ListNodesRequest, ListNodesResponse>(nameof(ControllerGrpc.ListNodes), (service, request, call) => service.ListNodes(request, call));
    }
}
