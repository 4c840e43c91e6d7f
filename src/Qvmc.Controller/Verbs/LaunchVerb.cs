using Grpc.Core;
using Qvmc.Controller.Instances;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Launches.</summary>
internal sealed class LaunchVerb(Admission admission, InstanceWaiter waiter, InstanceDefaults defaults)
{
    /// <summary>Stores the instance, and waits if that is asked for.</summary>
    public async Task<LaunchResponse> RunAsync(LaunchRequest request, ServerCallContext call)
    {
        var faults = InstanceRules.CheckLaunch(request);
        var state = await admission.AdmitAsync(request, faults, defaults, call.CancellationToken);
        var ownStart = state.Record.Instance.Spec.Power != PowerState.Stopped;
        return new LaunchResponse { Instance = await waiter.WaitAsync(state, request.Wait, request.Timeout, ownStart, call) };
    }
}
