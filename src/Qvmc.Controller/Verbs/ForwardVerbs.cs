using Qvmc.Controller.Instances;
using Qvmc.Controller.Networks;
using Qvmc.Controller.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Core.Networks;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Adds and removes port forwards. Their host makes of it what can be made now.</summary>
internal sealed class ForwardVerbs(HostClaims claims, InstanceTable table, NodeSessions nodes)
{
    /// <summary>Adds one; the one that is there already is no error.</summary>
    public async Task<AddForwardResponse> AddAsync(AddForwardRequest request, CancellationToken ct)
    {
        CheckName(request.Name);
        await nodes.RefreshAsync(table.Get(request.Name).Record.Node, ct);
        var state = await claims.ChangeSettingsAsync(request.Name, request.Etag, (s, record, held) =>
        {
            var spec = record.Instance.Spec;
            var forward = request.Forward?.Clone() ?? new PortForward();
            ForwardRules.Complete(forward);
            if (spec.Forwards.Contains(forward))
            {
                return false;
            }

            FaultException.ThrowIfAny(ForwardChangeRules.Check(request, spec, s.Seen.Networks));
            if (ForwardChangeRules.FindClash(spec, forward) is { } clash)
            {
                throw new FaultException(
                    FaultCode.AlreadyExists,
                    $"instance {Shown.Quote(request.Name)} forwards from {ForwardRules.Describe(clash)} to its port {clash.GuestPort} already: choose another host_port, or remove that first");
            }

            held.ThrowIfTaken(new InstanceSpec { Forwards = { forward } }, record.Node);
            spec.Forwards.Add(forward);
            return true;
        });
        return new AddForwardResponse { Instance = state.View };
    }

    /// <summary>Removes one.</summary>
    public async Task<RemoveForwardResponse> RemoveAsync(RemoveForwardRequest request)
    {
        FaultException.ThrowIfAny([.. InstanceName.Check(request.Name) is { } fault ? [fault] : Array.Empty<FieldFault>(), .. ForwardChangeRules.Check(request)]);
        var state = await claims.ChangeSettingsAsync(request.Name, request.Etag, (_, record, _) =>
            record.Instance.Spec.Forwards.Remove(ForwardChangeRules.Find(record.Instance, request)));
        return new RemoveForwardResponse { Instance = state.View };
    }

    private static void CheckName(string name) => FaultException.ThrowIfAny(InstanceName.Check(name) is { } fault ? [fault] : []);
}
