using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Records;
using Qvmc.Core.Faults;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Networks;

/// <summary>
/// The networks of every host, as it last said. They are kept in the store, because addresses are reserved while a host
/// can't be reached too; what changes by itself is not.
/// </summary>
internal sealed partial class NodeNetworks(InstanceRecords records, InstanceTable table, ILogger<NodeNetworks> log)
{
    private readonly ConcurrentDictionary<string, NodeRecord> _stored = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Takes what the store has of a host.</summary>
    public void Load(NodeRecord record)
    {
        _stored[record.Name] = record;
        table.NetworksChanged(record.Name, record.Networks);
    }

    /// <summary>A host has these networks now.</summary>
    /// <param name="node">The host.</param>
    /// <param name="told">As it told them.</param>
    public async Task LearnAsync(string node, IEnumerable<Network> told)
    {
        List<Network> networks = [.. told.Select(n => new Network(n) { Node = node })];
        var record = new NodeRecord { Name = node, Networks = { networks.Select(Lasting) } };
        table.NetworksChanged(node, networks, differ: !record.Equals(_stored.GetValueOrDefault(node)));
        await _writing.WaitAsync();
        try
        {
            if (!record.Equals(_stored.GetValueOrDefault(node)))
            {
                await records.OverwriteAsync(RecordKeys.Node(node), record.ToByteArray());
                _stored[node] = record;
            }
        }
        catch (FaultException e)
        {
            // It is asked again at its next connection, and what is reserved is on the instances' own records.
            NotStored(node, e.Message);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static Network Lasting(Network network) => new(network)
    {
        State = NetworkState.Unspecified,
        Message = "",
        DhcpServer = null,
        Addresses = 0,
        AddressesUsed = 0,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "the networks of host {Node} could not be stored: {Reason}")]
    private partial void NotStored(string node, string reason);
}
