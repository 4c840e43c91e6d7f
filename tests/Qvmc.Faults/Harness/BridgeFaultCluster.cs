using System.Diagnostics;
using System.Text.Json.Nodes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Faults.Harness;

/// <summary>The same on a bridge network, whose host is in a network namespace: its machines have TAPs, rules and reservations.</summary>
public sealed class BridgeFaultCluster : FaultCluster
{
    private TestNamespace? _host;

    public BridgeFaultCluster()
        : base("""
            "networks": [ { "name": "lan", "bridge": { "subnet": "10.80.0.0/24", "subnet6": "fd00:80::/64" } } ],
            """)
    {
    }

    public override async Task InitializeAsync()
    {
        // Where there can be none every test of the cluster is left out, by its own name.
        if (TestNamespace.Obstacle is null)
        {
            _host = await TestNamespace.CreateAsync();
            await base.InitializeAsync();
        }
    }

    public override async Task DisposeAsync()
    {
        if (_host is not null)
        {
            try
            {
                await base.DisposeAsync();
                Assert.Empty(await TapsAsync());
            }
            finally
            {
                await _host.DisposeAsync();
            }
        }
    }

    protected override ProcessStartInfo HostCommand(string[] command) => _host!.Command(command);

    /// <summary>A TAP and its rules for each machine that has a process, a reservation for each that is there, and no others.</summary>
    public override async Task CheckNetworksAsync(IReadOnlyList<Instance> instances)
    {
        var taps = await TapsAsync();
        Assert.Equal(instances.Where(i => i.Status.Pid != 0).Select(i => i.Uid).Order(), taps.Select(t => t.Uid).Order());
        var ports = JsonNode.Parse(await _host!.RunAsync("nft", "-j", "list", "ruleset"))!.ToJsonString();
        Assert.All(taps, t => Assert.Contains($"\"{t.Name}\"", ports, StringComparison.Ordinal));
        foreach (var instance in instances)
        {
            var hasPort = ports.Contains(instance.Spec.Nics[0].Mac, StringComparison.OrdinalIgnoreCase);
            Assert.True(hasPort == (instance.Status.Pid != 0), $"{instance.Name} has {(hasPort ? "" : "no ")}rules: {instance}");
        }

        var reserved = await File.ReadAllLinesAsync(Path.Combine(Root, "qemu", "networks", "lan", "reservations"));
        Assert.Equal(
            instances.Select(i => i.Spec.Nics[0].Mac.ToLowerInvariant()).Order(StringComparer.Ordinal),
            reserved.Select(l => l.Split(',')[0].ToLowerInvariant()).Order(StringComparer.Ordinal));
        Assert.Equal(instances.Count, instances.Select(i => i.Status.Nics[0].Ipv4).Distinct().Count());
    }

    // The machine whose a TAP is stands in its alias, "MARK:UID:SLOT".
    private async Task<IReadOnlyList<(string Name, string Uid)>> TapsAsync() =>
        [.. JsonNode.Parse(await _host!.RunAsync("ip", "-j", "-d", "link", "show"))!.AsArray()
            .Where(l => (string?)l!["linkinfo"]?["info_kind"] == "tun")
            .Select(l => ((string)l!["ifname"]!, ((string?)l["ifalias"] ?? "").Split(':') is [.., var uid, _] ? uid : ""))];
}
