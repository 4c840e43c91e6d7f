using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>
/// The rules of the host's packet filter that are ours: two tables called "qvmc" (nftables), in which each change is
/// one transaction, so there is never a moment with half of them. They outlive the daemon: machines go on.
/// <para>
/// Others may flush all rules of the host at any time (a restart of nftables.service does). So a standing
/// <c>nft monitor</c> is listened to, and what somebody else changed in our tables is put back at once.
/// </para>
/// </summary>
public sealed partial class NetFirewall : IAsyncDisposable
{
    private readonly NftTool _nft;
    private readonly TimeProvider _time;
    private readonly ILogger<NetFirewall> _log;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly List<PortChange> _waiting = [];

    // Kept under the gate. What is in force is what was wanted, unless it is not certain.
    private FirewallModel _model = FirewallModel.Empty;
    private bool _uncertain = true;
    private volatile string? _refusal;

    // Not from 1: an earlier daemon's must not be taken for ours.
    private uint _revision = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));

    /// <summary>Makes it. Nothing is touched yet.</summary>
    /// <param name="nft">The program <c>nft</c>: a path or a name.</param>
    /// <param name="time">For delays and limits.</param>
    /// <param name="log">Tells of each change that others made.</param>
    public NetFirewall(string nft, TimeProvider time, ILogger<NetFirewall> log)
    {
        _nft = new NftTool(nft, time);
        _time = time;
        _log = log;
    }

    /// <summary>What stands against the rules being in force, with advice; null: nothing.</summary>
    public string? Trouble => _refusal ?? _deafness ?? _strife;

    /// <summary>Sets all of it, in place of whatever is in our tables. Without networks the tables go, whoever made them.</summary>
    /// <exception cref="FaultException">The rules could not be set: those before are still in force.</exception>
    public async Task SetNetworksAsync(IReadOnlyList<FirewallNetwork> networks, IReadOnlyList<FirewallPort> ports, CancellationToken ct)
    {
        var model = FirewallModel.Of(networks, ports);
        await _gate.WaitAsync(ct);
        try
        {
            await ApplyAsync(model);
        }
        finally
        {
            _gate.Release();
        }

        await WatchWhileNeededAsync(model.Networks.Count > 0);
    }

    /// <summary>
    /// Sets some ports, new or changed, and takes others away, in one small transaction; with it go all changes that
    /// were waiting meanwhile.
    /// </summary>
    /// <exception cref="FaultException">
    /// FAILED_PRECONDITION: a port of the host leads to another machine already, or the rules could not be set. What was
    /// before is still in force.
    /// </exception>
    public async Task SetPortsAsync(IReadOnlyList<FirewallPort> set, IReadOnlyList<string> goneInterfaces, CancellationToken ct)
    {
        var change = new PortChange(set, goneInterfaces);
        lock (_waiting)
        {
            _waiting.Add(change);
        }

        try
        {
            await _gate.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            if (Withdraw(change))
            {
                throw;
            }

            // Too late: it is on its way, with others'.
            await change.Done;
            return;
        }

        try
        {
            await CarryOutAsync();
        }
        finally
        {
            _gate.Release();
        }

        await change.Done;
    }

    /// <summary>Stops watching. The rules stay.</summary>
    public async ValueTask DisposeAsync()
    {
        await WatchWhileNeededAsync(needed: false);
        _gate.Dispose();
    }

    private bool Withdraw(PortChange change)
    {
        lock (_waiting)
        {
            return _waiting.Remove(change);
        }
    }

    private async Task CarryOutAsync()
    {
        PortChange[] taken;
        lock (_waiting)
        {
            taken = [.. _waiting];
            _waiting.Clear();
        }

        var (model, accepted) = (_model, new List<PortChange>());
        foreach (var change in taken)
        {
            try
            {
                model = change.On(model);
                accepted.Add(change);
            }
            catch (FaultException fault)
            {
                change.Fail(fault);
            }
        }

        if (accepted.Count == 0)
        {
            return;
        }

        try
        {
            await ReachAsync(model);
            accepted.ForEach(c => c.Succeed());
        }
        catch (Exception e) when (accepted.Count == 1)
        {
            accepted[0].Fail(e);
        }
        catch (Exception)
        {
            await CarryOutEachAsync(accepted);
        }
    }

    // Nobody is refused for another's fault.
    private async Task CarryOutEachAsync(IReadOnlyList<PortChange> changes)
    {
        foreach (var change in changes)
        {
            try
            {
                await ReachAsync(change.On(_model));
                change.Succeed();
            }
            catch (Exception e)
            {
                change.Fail(e);
            }
        }
    }

    private async Task ReachAsync(FirewallModel model)
    {
        if (!model.Networks.IsEmpty && (_uncertain || !await ChangeAsync(model)))
        {
            await ApplyAsync(model);
        }
    }

    // Whoever flushed our tables took the sets with them: then it fails as a whole, and all is set anew.
    private async Task<bool> ChangeAsync(FirewallModel model)
    {
        var change = Ruleset.Change(_model, model, Issue());
        if (change.Length > 0)
        {
            try
            {
                await _nft.RunAsync(change);
            }
            catch (FaultException fault)
            {
                LogChangeRefused(fault.Message);
                return false;
            }
        }

        _model = model;
        return true;
    }

    private async Task ApplyAsync(FirewallModel model)
    {
        _uncertain = true;
        try
        {
            await _nft.RunAsync(model.Networks.IsEmpty ? Ruleset.None : Ruleset.Whole(model, Issue(isWhole: true)));
        }
        catch (FaultException fault)
        {
            FirewallMetrics.Failures.Add(1);
            _refusal = fault.Message;
            throw;
        }

        _model = model;
        (_uncertain, _refusal) = (model.Networks.IsEmpty, null);
    }

    [LoggerMessage(LogLevel.Warning, "a change of the firewall's rules was refused, so all of them are set anew: {Words}")]
    private partial void LogChangeRefused(string words);
}
