using Google.Protobuf.WellKnownTypes;
using Qvmc.Controller.Instances;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Controller.Reconcile;

/// <summary>What a step was taken in. While it is the same, the step's outcome would be the same.</summary>
/// <param name="Step">The step.</param>
/// <param name="Generation">The generation that is wanted.</param>
/// <param name="Machine">What the machine was doing.</param>
/// <param name="Connected">Since when the host was reached.</param>
internal sealed record ReconcileSituation(PlanStep Step, uint Generation, State? Machine, Timestamp Connected)
{
    public static ReconcileSituation Of(InstanceState state) => new(
        Plan.Next(state.Record, state.Seen, state.Removed), state.Generation, state.Seen.Machine?.Status.State, state.Seen.Host.Since);
}
