using Grpc.Core;
using Qvmc.Controller.Verbs;
using Qvmc.Controller.Watch;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Controller.Services;

/// <summary>The gRPC edge of controller.v1: each call goes to its verb.</summary>
internal sealed class ControllerGrpc(
    LaunchVerb launch, PowerVerbs power, UpdateVerb update, DiskVerbs disks, CdromVerbs cdroms, ForwardVerbs forwards, NicVerbs nics, ExportVerb export, DeleteVerb delete, QueryVerbs query, GuestCalls guest, NodeVerbs nodes, InstanceWatch watch)
    : ControllerService.ControllerServiceBase
{
    public override Task<LaunchResponse> Launch(LaunchRequest request, ServerCallContext context) => launch.RunAsync(request, context);

    public override Task<StartResponse> Start(StartRequest request, ServerCallContext context) => power.StartAsync(request, context);

    public override Task<StopResponse> Stop(StopRequest request, ServerCallContext context) => power.StopAsync(request, context);

    public override Task<RestartResponse> Restart(RestartRequest request, ServerCallContext context) => power.RestartAsync(request, context);

    public override Task<PauseResponse> Pause(PauseRequest request, ServerCallContext context) => power.PauseAsync(request, context);

    public override Task<ResumeResponse> Resume(ResumeRequest request, ServerCallContext context) => power.ResumeAsync(request, context);

    public override Task<InfoResponse> Info(InfoRequest request, ServerCallContext context) => Task.FromResult(query.Info(request));

    public override Task<ListResponse> List(ListRequest request, ServerCallContext context) => Task.FromResult(query.List(request));

    public override Task<UpdateResponse> Update(UpdateRequest request, ServerCallContext context) => update.RunAsync(request);

    public override Task<AddDiskResponse> AddDisk(AddDiskRequest request, ServerCallContext context) => disks.AddAsync(request);

    public override Task<UpdateDiskResponse> UpdateDisk(UpdateDiskRequest request, ServerCallContext context) => disks.UpdateAsync(request);

    public override Task<RemoveDiskResponse> RemoveDisk(RemoveDiskRequest request, ServerCallContext context) => disks.RemoveAsync(request);

    public override Task<AttachCdromResponse> AttachCdrom(AttachCdromRequest request, ServerCallContext context) => cdroms.AttachAsync(request);

    public override Task<DetachCdromResponse> DetachCdrom(DetachCdromRequest request, ServerCallContext context) => cdroms.DetachAsync(request);

    public override Task<AddForwardResponse> AddForward(AddForwardRequest request, ServerCallContext context) => forwards.AddAsync(request, context.CancellationToken);

    public override Task<RemoveForwardResponse> RemoveForward(RemoveForwardRequest request, ServerCallContext context) => forwards.RemoveAsync(request);

    public override Task<AddNicResponse> AddNic(AddNicRequest request, ServerCallContext context) => nics.AddAsync(request, context.CancellationToken);

    public override Task<RemoveNicResponse> RemoveNic(RemoveNicRequest request, ServerCallContext context) => nics.RemoveAsync(request);

    public override Task ExportDisk(ExportDiskRequest request, IServerStreamWriter<ExportDiskResponse> responseStream, ServerCallContext context) =>
        export.RunAsync(request, responseStream, context);

    public override Task<DeleteResponse> Delete(DeleteRequest request, ServerCallContext context) => delete.RunAsync(request, context);

    public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
    {
        FaultException.ThrowIfAny([.. FilterRules.Check(request.Filter)]);
        await foreach (var response in watch.ReadAsync(request, context.CancellationToken))
        {
            await responseStream.WriteAsync(response, context.CancellationToken);
        }
    }

    public override Task<WaitResponse> Wait(WaitRequest request, ServerCallContext context) => query.WaitAsync(request, context);

    public override Task<ExecResponse> Exec(ExecRequest request, ServerCallContext context) => guest.ExecAsync(request, context);

    public override Task<ConsoleResponse> Console(ConsoleRequest request, ServerCallContext context) => guest.ConsoleAsync(request, context);

    public override Task<ListNodesResponse> ListNodes(ListNodesRequest request, ServerCallContext context) => nodes.ListAsync(context.CancellationToken);
}
