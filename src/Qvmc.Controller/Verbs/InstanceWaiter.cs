using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Qvmc.Controller.Instances;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using State = Qvmc.Protos.Instance.V1.State;

namespace Qvmc.Controller.Verbs;

/// <summary>Holds calls until an instance is as they wait for.</summary>
internal sealed class InstanceWaiter(
    InstanceChanges changes, GuestCalls guest, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>Waits for a condition; returns the instance in which it held.</summary>
    /// <param name="began">The instance when the wait began.</param>
    /// <param name="condition">What for; UNSPECIFIED: nothing.</param>
    /// <param name="timeout">How long; null: 5 min.</param>
    /// <param name="ownStart">The wait belongs to a start, so that the machine's stopping again ends it.</param>
    /// <param name="call">Whose wait it is.</param>
    public async Task<Instance> WaitAsync(InstanceState began, WaitCondition condition, Duration? timeout, bool ownStart, ServerCallContext call)
    {
        if (condition == WaitCondition.Unspecified)
        {
            return began.View;
        }

        using var limit = new CallLimit(DurationRules.Or(timeout, InstanceLimits.DefaultWait), call, lifetime, time);
        var outcome = WaitOutcome.NotYet;
        var state = await changes.UntilAsync(began.Name, limit.Token, s =>
        {
            outcome = Judge(s, began, condition, ownStart);
            return outcome != WaitOutcome.NotYet;
        });
        if (outcome.IsMet)
        {
            return state!.View;
        }

        if (outcome.Failure is { } failure)
        {
            var gone = state is null || state.Uid != began.Uid;
            throw new FaultException(gone ? FaultCode.NotFound : FaultCode.FailedPrecondition, failure);
        }

        limit.ThrowUnlessTime();
        throw new FaultException(FaultCode.Timeout, await DescribeAsync(state!, condition, limit.Length));
    }

    private static WaitOutcome Judge(InstanceState? state, InstanceState began, WaitCondition condition, bool ownStart) =>
        state is null || state.Uid != began.Uid
            ? WaitOutcome.Never($"instance {Shown.Quote(began.Name)} was deleted while it was waited for")
            : WaitRules.Judge(condition, state.View, ownStart);

    private async Task<string> DescribeAsync(InstanceState state, WaitCondition condition, TimeSpan after)
    {
        var status = state.View.Status;
        var stage = status.Stage == Stage.Unspecified ? "" : $", stage {Shown.Name(status.Stage)}";
        var why = status.State == State.Unknown ? $": {state.WhyUnknown}" : "";
        var image = status.Conditions.FirstOrDefault(c => c is { Type: ConditionType.Image, Met: false })?.Message is { Length: > 0 } message ? $": {message}" : "";
        var tail = await guest.TailAsync(state);
        return $"instance {Shown.Quote(state.Name)} is not {Shown.Name(condition)} after {after.TotalSeconds:0.#} s; it is {Shown.Name(status.State)}{stage} on host {Shown.Quote(status.Node)}{why}{image}; nothing was harmed and it goes on"
            + (tail.Length > 0 ? $"; the end of its console:\n{tail}" : "");
    }
}
