using System.Globalization;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Networks.Firewall;

namespace Qvmc.Qemu.Networks.Taps;

/// <summary>
/// What the firewall has to know: the host's bridge networks, and the ports of machines that run on them. Sole owner of
/// what is in force.
/// </summary>
internal sealed class BridgePorts(NetFirewall firewall) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, FirewallNetwork> _networks = [];
    private readonly Dictionary<string, (FirewallPort Port, NicRequest Nic)> _ports = [];
    private bool _begun;
    private string? _fault;

    /// <summary>Why the rules are not in force; null: they are.</summary>
    internal string? Fault => _fault ?? firewall.Trouble;

    /// <summary>From here on changes come into force; all that was told before does now, at once.</summary>
    /// <exception cref="FaultException">It could not.</exception>
    internal Task BeginAsync(CancellationToken ct) => LockedAsync(
        async () =>
        {
            await firewall.StartAsync(ct);
            _begun = true;
            await ApplyAsync(ct);
        },
        ct);

    /// <summary>A network that is there, with the machines that run on it.</summary>
    internal Task SetNetworkAsync(FirewallNetwork network, IReadOnlyList<NicRequest> live, CancellationToken ct) => LockedAsync(
        async () =>
        {
            _networks[network.Name] = network;
            foreach (var nic in live)
            {
                _ports[nic.Tap] = (ToPort(network.Name, nic), nic);
            }

            await ApplyAsync(ct);
        },
        ct);

    /// <summary>A network is gone.</summary>
    internal Task RemoveNetworkAsync(string network, CancellationToken ct) => LockedAsync(
        async () =>
        {
            if (_networks.Remove(network))
            {
                foreach (var port in _ports.Values.Where(p => p.Port.Network == network).ToList())
                {
                    _ports.Remove(port.Port.Interface);
                }

                await ApplyAsync(ct);
            }
        },
        ct);

    /// <summary>A machine's port, new or changed.</summary>
    /// <exception cref="FaultException">Its rules can't be had; those before are as they were.</exception>
    internal async Task SetAsync(string network, NicRequest nic, CancellationToken ct)
    {
        var port = ToPort(network, nic);
        (FirewallPort Port, NicRequest Nic)? before = null;
        await LockedAsync(
            () =>
            {
                before = _ports.TryGetValue(port.Interface, out var there) ? there : null;
                _ports[port.Interface] = (port, nic);
                return Task.CompletedTask;
            },
            ct);
        try
        {
            // Outside the gate: machines that start together share a transaction. Whatever sets all meanwhile has it too.
            await firewall.SetPortsAsync([port], [], ct);
        }
        catch
        {
            await LockedAsync(
                () =>
                {
                    if (before is { } old)
                    {
                        _ports[port.Interface] = old;
                    }
                    else
                    {
                        _ports.Remove(port.Interface);
                    }

                    return Task.CompletedTask;
                },
                CancellationToken.None);
            throw;
        }
    }

    /// <summary>A machine's port is gone. May be repeated.</summary>
    internal async Task RemoveAsync(string tap, CancellationToken ct)
    {
        var there = false;
        await LockedAsync(
            () =>
            {
                there = _ports.Remove(tap);
                return Task.CompletedTask;
            },
            ct);
        if (there)
        {
            await firewall.SetPortsAsync([], [tap], ct);
        }
    }

    /// <summary>In words, which other machine has a port of the host already; null: none.</summary>
    internal string? TakenBy(string uid, PortForward forward)
    {
        _gate.Wait();
        try
        {
            foreach (var (port, nic) in _ports.Values)
            {
                if (nic.Uid != uid && port.Forwards.Any(f => ForwardRules.Collide(f, forward)))
                {
                    return string.Create(
                        CultureInfo.InvariantCulture, $"{ForwardRules.Describe(forward)} leads to {nic.Name} already: choose another host_port");
                }
            }

            return null;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>What is in force stays so.</summary>
    public ValueTask DisposeAsync() => firewall.DisposeAsync();

    private static FirewallPort ToPort(string network, NicRequest nic) => new(nic.Tap, network, nic.Mac, nic.Ipv4, nic.Ipv6, nic.Forwards, nic.RateMbit);

    private async Task ApplyAsync(CancellationToken ct)
    {
        if (!_begun)
        {
            return;
        }

        try
        {
            await firewall.SetNetworksAsync([.. _networks.Values], [.. _ports.Values.Select(p => p.Port)], ct);
            _fault = null;
        }
        catch (FaultException e)
        {
            _fault = e.Message;
            throw;
        }
    }

    private async Task LockedAsync(Func<Task> action, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            await action();
        }
        finally
        {
            _gate.Release();
        }
    }
}
