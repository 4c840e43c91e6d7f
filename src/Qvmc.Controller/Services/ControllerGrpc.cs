using Grpc.Core;
using Qvmc.Controller.Verbs;
using Qvmc.Controller.Watch;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Controller.Services;

/// <summary>The gRPC edge of controller.v1: each call goes to its verb.</summary>
internal sealed class ControllerGrpc(
    LaunchVerb launch, PowerVerbs power, UpdateVerb update, DeleteVerb delete, QueryVerbs query, GuestCalls guest, NodeVerbs nodes, InstanceWatch watch)
    : ControllerService.ControllerServiceBase
{
    public override Task<LaunchResponse> Launch(LaunchRequest request, ServerCallContext context) => launch.RunAsync(request, context);

    public override Task<StartResponse> Start(StartRequest request, ServerCallContext context) => power.StartAsync(request, context);

    public override Task<StopResponse> Stop(StopRequest request, ServerCallContext context) => power.StopAsync(request, context);

    public override Task<RestartResponse> Restart(RestartRequest request, ServerCallContext context) => power.RestartAsync(request, context);

    public override Task<InfoResponse> Info(InfoRequest request, ServerCallContext context) => Task.FromResult(query.Info(request));

    public override Task<ListResponse> List(ListRequest request, ServerCallContext context) => Task.FromResult(query.List(request));

    public override Task<UpdateResponse> Update(UpdateRequest request, ServerCallContext context) => update.RunAsync(request);

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
