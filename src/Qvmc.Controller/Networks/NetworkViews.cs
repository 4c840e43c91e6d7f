using Qvmc.Controller.Instances;
using Qvmc.Core.Networks;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Controller.Networks;

/// <summary>Networks as users see them: as their host tells of them, with what the records know of their use.</summary>
internal sealed class NetworkViews(InstanceTable table)
{
    /// <summary>A host's networks, the default first; empty when nothing is known of them.</summary>
    public IEnumerable<Network> Of(string node)
    {
        var link = table.Link(node);
        var networks = table.Networks(node) ?? [];
        var states = table.All.Values.Where(s => s.Record.Node == node).ToList();
        var held = new HostHoldings(table.Holdings(node), exceptUid: "", claims: []);
        foreach (var network in networks)
        {
            var view = network.Clone();
            if (AddressPool.Of(network) is { } pool)
            {
                (view.Addresses, view.AddressesUsed) = (pool.Count, held.Used(pool));
            }

            view.Instances.Clear();
            view.Instances.Add(states.Where(s => s.Record.Instance.Spec.Nics.Any(n => HostNetworks.Of(n, networks) == network)).Select(s => s.Name));
            if (!link.Reachable)
            {
                // Nobody knows how it is now.
                (view.State, view.Message, view.DhcpServer) = (NetworkState.Unspecified, link.Message, null);
            }

            yield return view;
        }
    }
}
