using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Limits;
using Qvmc.Controller.Networks;
using Qvmc.Controller.Nodes;
using Qvmc.Controller.Pulls;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Core.Networks;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Start, stop, restart, pause and resume.</summary>
internal sealed class PowerVerbs(HostClaims claims, HostRooms rooms, InstanceTable table, NodeSessions nodes, PullRetry retry, InstanceWaiter waiter)
{
    /// <summary>Wants an instance running.</summary>
    public async Task<StartResponse> StartAsync(StartRequest request, ServerCallContext call)
    {
        Check(request.Name, request.Wait, request.Timeout, null, request.Paused ? PowerState.Paused : PowerState.Running);
        var pulls = await retry.RunAsync(request.Name, request.Etag);
        await nodes.RefreshAsync(table.Get(request.Name).Record.Node, call.CancellationToken);
        var (state, changed, message) = await ChangeAsync(
            InstanceCommand.Start, request.Name, request.Etag, force: false, request.Paused, s => Desire.Start(s.Record, s.Seen, request.Paused));
        var view = await waiter.WaitAsync(state, request.Wait, request.Timeout, ownStart: true, call);
        return new StartResponse
        {
            Instance = view,
            Changed = changed || pulls,
            Message = pulls ? $"instance {Shown.Quote(state.Name)} is being started; its image is pulled again" : message,
        };
    }

    /// <summary>Wants an instance stopped.</summary>
    public async Task<StopResponse> StopAsync(StopRequest request, ServerCallContext call)
    {
        Check(request.Name, request.Wait, request.Timeout, request.Policy, PowerState.Stopped);
        var (state, changed, message) = await ChangeAsync(
            InstanceCommand.Stop, request.Name, request.Etag, request.Policy?.Force == true, paused: false, s => Desire.Stop(s.Record, s.Seen, request.Policy), request.Policy?.Grace);
        var view = await waiter.WaitAsync(state, request.Wait, request.Timeout, ownStart: false, call);
        return new StopResponse { Instance = view, Changed = changed, Message = message };
    }

    /// <summary>Wants a new run of an instance.</summary>
    public async Task<RestartResponse> RestartAsync(RestartRequest request, ServerCallContext call)
    {
        Check(request.Name, request.Wait, request.Timeout, request.Policy, PowerState.Running);
        await retry.RunAsync(request.Name, request.Etag);
        await nodes.RefreshAsync(table.Get(request.Name).Record.Node, call.CancellationToken);
        var (state, _, _) = await ChangeAsync(
            InstanceCommand.Restart, request.Name, request.Etag, request.Policy?.Force == true, paused: false, s => Desire.Restart(s.Record, s.Seen, request.Policy));
        return new RestartResponse { Instance = await waiter.WaitAsync(state, request.Wait, request.Timeout, ownStart: true, call) };
    }

    /// <summary>Wants an instance's guest to stand still.</summary>
    public async Task<PauseResponse> PauseAsync(PauseRequest request, ServerCallContext call)
    {
        Check(request.Name, request.Wait, request.Timeout, null, PowerState.Paused);
        var (state, changed, message) = await ChangeAsync(
            InstanceCommand.Pause, request.Name, request.Etag, force: false, paused: false, s => Desire.Pause(s.Record, s.Seen));
        var view = await waiter.WaitAsync(state, request.Wait, request.Timeout, ownStart: true, call);
        return new PauseResponse { Instance = view, Changed = changed, Message = message };
    }

    /// <summary>Wants an instance's guest to go on.</summary>
    public async Task<ResumeResponse> ResumeAsync(ResumeRequest request, ServerCallContext call)
    {
        Check(request.Name, request.Wait, request.Timeout, null, PowerState.Running);
        var (state, changed, message) = await ChangeAsync(
            InstanceCommand.Resume, request.Name, request.Etag, force: false, paused: false, s => Desire.Resume(s.Record, s.Seen));
        var view = await waiter.WaitAsync(state, request.Wait, request.Timeout, ownStart: true, call);
        return new ResumeResponse { Instance = view, Changed = changed, Message = message };
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
        InstanceCommand command, string name, string etag, bool force, bool paused, Func<InstanceState, InstanceRecord> change, Duration? grace = null)
    {
        var message = "";
        var (state, changed) = await claims.ChangeAsync(name, etag, (s, held) =>
        {
            var ruling = CommandRules.Judge(command, Situation.Of(s.Record, s.Seen), force, paused, grace);
            message = ruling.Message;
            return ruling.Verdict switch
            {
                Verdict.Accept => WithHoldings(change(s), s, held),
                Verdict.AlreadySo => null,
                Verdict.Refuse => throw new FaultException(FaultCode.FailedPrecondition, ruling.Message),
            };
        });
        return (state, changed, message);
    }

    // A new run has memory, and addresses that fit its networks as they are now.
    private InstanceRecord WithHoldings(InstanceRecord next, InstanceState state, HostHoldings held)
    {
        rooms.ThrowIfNoneForMore(state.Record, next);
        if (next.Boot != state.Record.Boot)
        {
            NicReservations.Update(next, state.Seen.Networks, held);
        }

        return next;
    }
}
