using Grpc.Core;
using Microsoft.Extensions.Logging;
using Qvmc.Protos.Network.V1;
using ListNetworksRequest = Qvmc.Protos.Qemu.V1.ListNetworksRequest;

namespace Qvmc.Controller.Nodes;

/// <summary>The host's networks.</summary>
internal sealed partial class NodeSession
{
    // A subnet or a state may change while the host runs; a launch need not be the first to hear of it.
    private static readonly TimeSpan NetworksAge = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RefreshLimit = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _refreshing = new(1);
    private long _networksAsked;

    /// <summary>Asks the host for its networks.</summary>
    public async Task<IReadOnlyList<Network>> AskNetworksAsync(TimeSpan limit, CancellationToken ct)
    {
        var asked = _time.GetTimestamp();
        IReadOnlyList<Network> networks;
        try
        {
            networks = (await Client.ListNetworksAsync(new ListNetworksRequest(), deadline: DateTime.UtcNow + limit, cancellationToken: ct)).Networks;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            // Hosts before this was asked have user-mode networks only.
            networks = [.. (Host?.Networks ?? []).Select((name, i) => new Network
            {
                Name = name, IsDefault = i == 0, Kind = NetworkKind.User, State = NetworkState.Ready, CanForward = true,
            })];
        }

        await _networks.LearnAsync(Name, networks);
        Volatile.Write(ref _networksAsked, asked);
        return _table.Networks(Name)!;
    }

    /// <summary>
    /// Asks for them, and for what the host has left, unless that was done of late; a host that does not answer is left as it
    /// is known.
    /// </summary>
    public async Task RefreshAsync(CancellationToken ct)
    {
        if (IsFresh)
        {
            return;
        }

        await _refreshing.WaitAsync(ct);
        try
        {
            // Somebody may have asked while this waited.
            if (!IsFresh)
            {
                await Task.WhenAll(AskNetworksAsync(RefreshLimit, CancellationToken.None), AskHostAsync(RefreshLimit, CancellationToken.None));
            }
        }
        catch (RpcException)
        {
            // Nor is the next one made to wait for it.
            Volatile.Write(ref _networksAsked, _time.GetTimestamp());
        }
        finally
        {
            _refreshing.Release();
        }
    }

    // Before its machines: what is ordered of it depends on its networks. But machines are not lost from sight because
    // something about networks takes long.
    private async Task HearOfNetworksAsync(CancellationToken ct)
    {
        try
        {
            await AskNetworksAsync(AnswerLimit, ct);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DeadlineExceeded && _table.Networks(Name) is not null)
        {
            NetworksNotTold(Name, e.Status.Detail);
        }
    }

    private bool IsFresh => !_table.Link(Name).Reachable
        || (_table.Networks(Name) is not null && _time.GetElapsedTime(Volatile.Read(ref _networksAsked)) < NetworksAge);

    [LoggerMessage(Level = LogLevel.Warning, Message = "host {Node} does not tell of its networks; what was known of them is used: {Reason}")]
    private partial void NetworksNotTold(string node, string reason);
}
