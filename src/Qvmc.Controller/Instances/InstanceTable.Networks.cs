using Qvmc.Protos.Network.V1;

namespace Qvmc.Controller.Instances;

/// <summary>The networks of hosts.</summary>
internal sealed partial class InstanceTable
{
    private readonly Dictionary<string, IReadOnlyList<Network>> _networks = [];

    /// <summary>What is known of a host's networks, the default first; null: nothing.</summary>
    public IReadOnlyList<Network>? Networks(string node)
    {
        lock (_lock)
        {
            return _networks.GetValueOrDefault(node);
        }
    }

    /// <summary>A host has these networks.</summary>
    /// <param name="node">The host.</param>
    /// <param name="networks">They, the default first.</param>
    /// <param name="differ">False: only what changes by itself has changed, which means nothing to instances.</param>
    public void NetworksChanged(string node, IReadOnlyList<Network> networks, bool differ = true)
    {
        lock (_lock)
        {
            _networks[node] = networks;
            if (!differ)
            {
                return;
            }

            foreach (var state in _states.Values.Where(s => s.Record.Node == node))
            {
                Set(state, state with { Seen = state.Seen with { Networks = networks } });
            }
        }
    }
}
