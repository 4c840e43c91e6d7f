using Google.Protobuf;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Gateway.Tests;

/// <summary>The fake controller's services.</summary>
public sealed class FakeInstances(FakeController fake) : ControllerService.ControllerServiceBase
{
    public override Task<LaunchResponse> Launch(LaunchRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new LaunchResponse { Instance = fake.Launch(request) }));

    public override Task<InfoResponse> Info(InfoRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, async () => new InfoResponse { Instance = await fake.Info(request, context.CancellationToken) });

    public override Task<StartResponse> Start(StartRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new StartResponse { Instance = FakeController.Example(request.Name), Message = "nothing to do" }));

    public override Task<UpdateResponse> Update(UpdateRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new UpdateResponse { Instance = FakeController.Example(request.Name) }));

    public override Task<DeleteResponse> Delete(DeleteRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new DeleteResponse()));

    public override Task<ListResponse> List(ListRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new ListResponse()));

    public override Task<WaitResponse> Wait(WaitRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new WaitResponse { Instance = FakeController.Example(request.Name) }));

    public override Task<ExecResponse> Exec(ExecRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new ExecResponse { Stdout = request.Stdin }));

    public override Task<AddDiskResponse> AddDisk(AddDiskRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new AddDiskResponse { Instance = FakeController.Example(request.Name) }));

    public override Task<UpdateDiskResponse> UpdateDisk(UpdateDiskRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new UpdateDiskResponse { Instance = FakeController.Example(request.Name) }));

    public override Task<RemoveDiskResponse> RemoveDisk(RemoveDiskRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new RemoveDiskResponse { Instance = FakeController.Example(request.Name) }));

    public override Task<AttachCdromResponse> AttachCdrom(AttachCdromRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new AttachCdromResponse { Instance = FakeController.Example(request.Name) }));

    public override Task<DetachCdromResponse> DetachCdrom(DetachCdromRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new DetachCdromResponse { Instance = FakeController.Example(request.Name) }));

    public override Task<AddForwardResponse> AddForward(AddForwardRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new AddForwardResponse { Instance = FakeController.Example(request.Name) }));

    public override Task<RemoveForwardResponse> RemoveForward(RemoveForwardRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new RemoveForwardResponse { Instance = FakeController.Example(request.Name) }));

    public override Task<AddNicResponse> AddNic(AddNicRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new AddNicResponse { Instance = FakeController.Example(request.Name) }));

    public override Task<RemoveNicResponse> RemoveNic(RemoveNicRequest request, ServerCallContext context) =>
        AnswerAsync(request, context, () => Task.FromResult(new RemoveNicResponse { Instance = FakeController.Example(request.Name) }));

    public override Task ExportDisk(ExportDiskRequest request, IServerStreamWriter<ExportDiskResponse> responseStream, ServerCallContext context) =>
        AnswerAsync(request, context, async () =>
        {
            if (fake.Disk.Count == 0)
            {
                throw new FaultException(FaultCode.FailedPrecondition, "instance \"a\" is running; stop it first");
            }
            foreach (var response in fake.Disk)
            {
                await responseStream.WriteAsync(response, context.CancellationToken);
            }
            return true;
        });

    public override Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context) =>
        AnswerAsync(request, context, async () =>
        {
            await foreach (var response in fake.Events.Reader.ReadAllAsync(context.CancellationToken))
            {
                await responseStream.WriteAsync(response, context.CancellationToken);
            }
            return true;
        });

    private async Task<T> AnswerAsync<T>(IMessage request, ServerCallContext context, Func<Task<T>> answer)
    {
        fake.Headers = context.RequestHeaders;
        fake.Deadline = context.Deadline;
        fake.Requests.Enqueue(request);
        fake.Arrived.Release();
        try
        {
            return await answer();
        }
        catch (OperationCanceledException)
        {
            fake.Cancelled.Release();
            throw;
        }
    }
}
