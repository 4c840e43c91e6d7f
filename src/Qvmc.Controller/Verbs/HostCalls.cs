using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Qemu.V1;
using State = Qvmc.Protos.Instance.V1.State;

namespace Qvmc.Controller.Verbs;

/// <summary>
/// Calls that go through to an instance's host. Those that come while the daemon there is being restarted wait for it,
/// within their own deadlines.
/// </summary>
internal sealed class HostCalls(InstanceTable table, InstanceChanges changes, NodeSessions nodes, IHostApplicationLifetime lifetime, TimeProvider time)
{
    // That long an attempt to reach a host may take which answers, but slowly.
    private static readonly TimeSpan PatienceLimit = TimeSpan.FromSeconds(30);

    /// <summary>The instance as its host tells of it, once that can be reached and knows.</summary>
    /// <exception cref="FaultException">NOT_FOUND; UNAVAILABLE: the host can't be reached.</exception>
    public async Task<InstanceState> KnownAsync(string name, ServerCallContext call)
    {
        var state = table.Get(name);
        using var patience = Patience(call);
        await OfHostAsync(state, async node =>
        {
            await node.ReachAsync(patience.Token);
            return true;
        });

        // A daemon that has just begun has yet to hear from the machines' monitors.
        state = await changes.UntilAsync(name, patience.Token, s => s is not { Seen.Host.Reachable: true, View.Status.State: State.Unknown } || IsOld(s.Seen.Host));
        patience.ThrowUnlessTime();
        return state ?? throw InstanceTable.Missing(name);
    }

    /// <summary>Makes a call to the instance's host and returns its answer.</summary>
    /// <exception cref="FaultException">What it failed with.</exception>
    public async Task<T> CallAsync<T>(InstanceState state, ServerCallContext caller, Func<QemuService.QemuServiceClient, AsyncUnaryCall<T>> call)
    {
        using var patience = Patience(caller);
        try
        {
            return await OfHostAsync(state, node => node.CallAsync(call, patience.Token));
        }
        catch (RpcException e) when (!caller.CancellationToken.IsCancellationRequested)
        {
            throw FaultStatus.FromRpc(e);
        }
    }

    private CallLimit Patience(ServerCallContext call) => new(PatienceLimit, call, lifetime, time);

    private bool IsOld(HostLink link) => time.GetUtcNow() - link.Since.ToDateTimeOffset() > NodeSession.RestartLimit;

    private async Task<T> OfHostAsync<T>(InstanceState state, Func<NodeSession, Task<T>> use)
    {
        try
        {
            return await use(nodes.Of(state));
        }
        catch (FaultException fault) when (fault.Code == FaultCode.Unavailable)
        {
            throw new FaultException(FaultCode.Unavailable, $"instance {Shown.Quote(state.Name)}: {fault.Message}", inner: fault);
        }
    }
}
