using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Records;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Start, stop and restart.</summary>
internal sealed class PowerVerbs(InstanceRecords records, InstanceWaiter waiter)
{
    /// <summary>Wants an instance running.</summary>
    public async Task<StartResponse> StartAsync(StartRequest request, ServerCallContext call)
    {
        Check(request.Name, request.Wait, request.Timeout, null, request.Paused ? PowerState.Paused : PowerState.Running);
        var (state, changed, message) = await ChangeAsync(
            InstanceCommand.Start, request.Name, request.Etag, force: false, request.Paused, s => Desire.Start(s.Record, s.Seen, request.Paused));
        var view = await waiter.WaitAsync(state, request.Wait, request.Timeout, ownStart: true, call);
        return new StartResponse { Instance = view, Changed = changed, Message = message };
    }

    /// <summary>Wants an instance stopped.</summary>
    public async Task<StopResponse> StopAsync(StopRequest request, ServerCallContext call)
    {
        Check(request.Name, request.Wait, request.Timeout, request.Policy, PowerState.Stopped);
        var (state, changed, message) = await ChangeAsync(
            InstanceCommand.Stop, request.Name, request.Etag, request.Policy?.Force == true, paused: false, s => Desire.Stop(s.Record, s.Seen, request.Policy));
        var view = await waiter.WaitAsync(state, request.Wait, request.Timeout, ownStart: false, call);
        return new StopResponse { Instance = view, Changed = changed, Message = message };
    }

    /// <summary>Wants a new run of an instance.</summary>
    public async Task<RestartResponse> RestartAsync(RestartRequest request, ServerCallContext call)
    {
        Check(request.Name, request.Wait, request.Timeout, request.Policy, PowerState.Running);
        var (state, _, _) = await ChangeAsync(
            InstanceCommand.Restart, request.Name, request.Etag, request.Policy?.Force == true, paused: false, s => Desire.Restart(s.Record, s.Seen, request.Policy));
        return new RestartResponse { Instance = await waiter.WaitAsync(state, request.Wait, request.Timeout, ownStart: true, call) };
    }

    private static void Check(string name, WaitCondition wait, Duration? timeout, StopPolicy? policy, PowerState wanted)
    {
        FieldFault?[] faults =
        [
            InstanceName.Check(name),
            WaitRules.CheckCondition(wait, "wait"),
            DurationRules.Check(timeout, "timeout"),
            DurationRules.Check(policy?.Grace, "policy.grace", zero: true),
            WaitRules.NeverComes(wait, wanted) ? new FieldFault("wait", $"{Shown.Name(wait)} never comes of this") : null,
        ];
        FaultException.ThrowIfAny([.. faults.OfType<FieldFault>()]);
    }

    private async Task<(InstanceState State, bool Changed, string Message)> ChangeAsync(
        InstanceCommand command, string name, string etag, bool force, bool paused, Func<InstanceState, InstanceRecord> change)
    {
        var message = "";
        var (state, changed) = await records.ChangeAsync(name, etag, s =>
        {
            var ruling = CommandRules.Judge(command, Situation.Of(s.Record, s.Seen), force, paused);
            message = ruling.Message;
            return ruling.Verdict switch
            {
                Verdict.Accept => change(s),
                Verdict.AlreadySo => null,
                Verdict.Refuse => throw new FaultException(FaultCode.FailedPrecondition, ruling.Message),
            };
        });
        return (state, changed, message);
    }
}
