using Qvmc.Controller.Instances;
using Qvmc.Controller.Networks;
using Qvmc.Controller.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Core.Networks;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Adds and removes network interfaces. Their host makes of it what can be made now.</summary>
internal sealed class NicVerbs(HostClaims claims, InstanceTable table, NodeSessions nodes)
{
    /// <summary>Adds one, with its address.</summary>
    public async Task<AddNicResponse> AddAsync(AddNicRequest request, CancellationToken ct)
    {
        CheckName(request.Name);
        await nodes.RefreshAsync(table.Get(request.Name).Record.Node, ct);
        var state = await claims.ChangeSettingsAsync(request.Name, request.Etag, (s, record, held) =>
        {
            var networks = s.Seen.Networks;
            FaultException.ThrowIfAny(NicChangeRules.Check(request, record.Instance.Spec, networks, record.Node));
            var given = request.Nic ?? new Nic();
            held.ThrowIfTaken(new InstanceSpec { Nics = { given } }, record.Node);
            NicChangeRules.Add(given, record.Instance.Spec, s.Uid, mac => held.OwnerOfMac(mac) is not null);
            NicReservations.Update(record, networks, held);
            return true;
        });
        return new AddNicResponse { Instance = state.View };
    }

    /// <summary>Removes one, and gives its address back.</summary>
    public async Task<RemoveNicResponse> RemoveAsync(RemoveNicRequest request)
    {
        CheckName(request.Name);
        var state = await claims.ChangeSettingsAsync(request.Name, request.Etag, (s, record, _) =>
        {
            var nic = NicChangeRules.Find(record.Instance, request.Slot);
            if (NicChangeRules.CheckRemove(record.Instance, nic, s.Seen.Networks) is { } refusal)
            {
                throw refusal;
            }

            record.Instance.Spec.Nics.Remove(nic);
            foreach (var address in record.NicAddresses.Where(a => a.Slot == nic.Slot).ToList())
            {
                record.NicAddresses.Remove(address);
            }

            return true;
        });
        return new RemoveNicResponse { Instance = state.View };
    }

    private static void CheckName(string name) => FaultException.ThrowIfAny(InstanceName.Check(name) is { } fault ? [fault] : []);
}
