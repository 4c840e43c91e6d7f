using System.Net;
using System.Net.Sockets;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks.Bridge;
using Qvmc.Qemu.Networks.Links;
using Qvmc.Qemu.Networks.Vmnet;

namespace Qvmc.Qemu.Networks;

/// <summary>What networks' settings must be like. Whether a subnet is free on the host is looked at when it is raised.</summary>
internal static class NetworkSettingsRules
{
    private const int LongestDomain = 253 - 1 - DnsLabel.MaxLength;

    /// <summary>This process' own.</summary>
    internal static NetworkPowers Powers => new(OperatingSystem.IsLinux(), OperatingSystem.IsMacOS(), Environment.IsPrivilegedProcess);

    /// <summary>Every fault.</summary>
    internal static IReadOnlyList<FieldFault> Check(IReadOnlyList<NetworkSettings> networks, NetworkPowers powers)
    {
        var faults = new List<FieldFault>();
        for (var i = 0; i < networks.Count; i++)
        {
            var (network, field) = (networks[i], $"networks[{i}]");
            faults.AddRange(InstanceName.Check(network.Name, $"{field}.name") is { } badName ? [badName] : []);
            Add(network.Name != MachineNic.None, $"{field}.name", "\"none\" is always there, and means no network: choose another");
            Add(networks.Take(i).All(n => n.Name != network.Name), $"{field}.name", $"\"{network.Name}\" is there twice");
            faults.AddRange(network.KindCase switch
            {
                NetworkSettings.KindOneofCase.User => CheckUser(network.User, $"{field}.user"),
                NetworkSettings.KindOneofCase.Bridge => CheckBridge(network, $"{field}.bridge"),
                NetworkSettings.KindOneofCase.Bridged => CheckInterface(network.Bridged.Bridge, $"{field}.bridged.bridge", "name the host's bridge"),
                NetworkSettings.KindOneofCase.Vmnet => VmnetSettingsRules.Check(network.Vmnet, $"{field}.vmnet"),
                _ => [new FieldFault(field, "has no kind: give it one of \"user\", \"bridge\", \"bridged\", \"vmnet\"")],
            });
            faults.AddRange(CheckPowers(network, field, powers));
        }

        faults.AddRange(CheckTogether(networks));
        return faults;

        void Add(bool holds, string field, string message)
        {
            if (!holds)
            {
                faults.Add(new FieldFault(field, message));
            }
        }
    }

    private static IEnumerable<FieldFault> CheckPowers(NetworkSettings network, string field, NetworkPowers powers)
    {
        switch (network.KindCase)
        {
            case NetworkSettings.KindOneofCase.Bridge or NetworkSettings.KindOneofCase.Bridged when !powers.IsLinux:
                yield return new FieldFault(field, "bridges are Linux': use \"user\", or on macOS \"vmnet\"");
                break;
            case NetworkSettings.KindOneofCase.Vmnet when !powers.IsMacOS:
                yield return new FieldFault(field, "vmnet is macOS': use \"bridge\"");
                break;
            case NetworkSettings.KindOneofCase.Bridge or NetworkSettings.KindOneofCase.Bridged or NetworkSettings.KindOneofCase.Vmnet when !powers.IsRoot:
                yield return new FieldFault(field, "needs a daemon that is root: run \"qvmc qemu\" as root, or use \"user\"");
                break;
            default:
                break;
        }
    }

    private static IEnumerable<FieldFault> CheckUser(UserNetwork user, string field)
    {
        if (user.Subnet.Length > 0 && !(TryParse(user.Subnet, AddressFamily.InterNetwork, out var subnet) && subnet.PrefixLength is >= 8 and <= 28))
        {
            yield return new FieldFault($"{field}.subnet", $"\"{user.Subnet}\" is no IPv4 subnet such as \"10.0.2.0/24\", of /8 to /28");
        }
    }

    private static IEnumerable<FieldFault> CheckBridge(NetworkSettings network, string field)
    {
        var bridge = network.Bridge;
        foreach (var fault in bridge.Bridge.Length > 0 ? CheckInterface(bridge.Bridge, $"{field}.bridge", "") : [])
        {
            yield return fault;
        }

        var isGiven = bridge.Subnet is not ("" or "auto");
        IPNetwork subnet = default;
        if (isGiven && !(TryParse(bridge.Subnet, AddressFamily.InterNetwork, out subnet) && subnet.PrefixLength is >= 16 and <= 29))
        {
            yield return new FieldFault($"{field}.subnet", $"\"{bridge.Subnet}\" is neither \"auto\" nor an IPv4 subnet such as \"10.80.0.0/24\", of /16 to /29");
        }
        else if (isGiven && subnet.BaseAddress.GetAddressBytes() is [0 or 127 or >= 224, ..] or [169, 254, ..])
        {
            yield return new FieldFault($"{field}.subnet", $"\"{bridge.Subnet}\" is set aside for other purposes: use one of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16");
        }
        else if (bridge.Range.Length > 0)
        {
            if (CheckRange(bridge.Range, isGiven ? subnet : null) is { } why)
            {
                yield return new FieldFault($"{field}.range", $"\"{bridge.Range}\" {why}");
            }
        }

        if (bridge.Subnet6 is not ("" or "auto" or "none") && !(TryParse(bridge.Subnet6, AddressFamily.InterNetworkV6, out var subnet6) && subnet6.PrefixLength == 64
            && (subnet6.BaseAddress.GetAddressBytes()[0] & 0xfe) == 0xfc))
        {
            yield return new FieldFault($"{field}.subnet6", $"\"{bridge.Subnet6}\" is neither \"auto\" nor \"none\" nor a /64 of fc00::/7 such as \"fd00:80::/64\"");
        }

        if (bridge.Domain.Length > LongestDomain || (bridge.Domain.Length > 0 && !bridge.Domain.Split('.').All(DnsLabel.Is)))
        {
            yield return new FieldFault($"{field}.domain", $"\"{bridge.Domain}\" is no domain such as \"lan.example.com\", in lower case and of at most {LongestDomain} characters");
        }

        if (bridge.Mtu is not (0 or (>= 1280 and <= 9216)))
        {
            yield return new FieldFault($"{field}.mtu", $"{bridge.Mtu} is not 1280 to 9216 (or 0)");
        }

        for (var i = 0; i < bridge.Dns.Count; i++)
        {
            if (!IPAddress.TryParse(bridge.Dns[i], out var server) || bridge.Dns[i].Contains('%', StringComparison.Ordinal) || server.Equals(IPAddress.Any) || server.Equals(IPAddress.IPv6Any)
                || (server.AddressFamily == AddressFamily.InterNetwork && server.ToString() != bridge.Dns[i]))
            {
                yield return new FieldFault($"{field}.dns[{i}]", $"\"{bridge.Dns[i]}\" is no address of a name server, such as \"192.0.2.53\"");
            }
        }

        if (bridge.Lease is { } lease && (lease.Seconds is < 120 or > 7 * 24 * 3600 || lease.Nanos is < 0 or >= 1_000_000_000 || (lease.Seconds == 7 * 24 * 3600 && lease.Nanos > 0)))
        {
            yield return new FieldFault($"{field}.lease", $"{lease.Seconds}s is not 120 s (2 min) to 604800 s (7 days)");
        }
    }

    private static string? CheckRange(string range, IPNetwork? subnet)
    {
        if (!Subnets.TryParseRange(range, out var addresses))
        {
            return "is no range such as \"10.80.0.10-10.80.0.59\", the lower address first";
        }

        if (subnet is not { } within)
        {
            return "needs a subnet that it is of: give that too, in place of \"auto\"";
        }

        var (first, last) = Subnets.Hosts(within);
        return !within.Contains(addresses.First) || !within.Contains(addresses.Last)
            || Subnets.ToNumber(addresses.First) < Subnets.ToNumber(first) || Subnets.ToNumber(addresses.Last) > Subnets.ToNumber(last)
            ? $"is not within {first}-{last}: the subnet's other addresses are its own, the host's and that for all"
            : null;
    }

    private static IEnumerable<FieldFault> CheckInterface(string name, string field, string whatIsMissing)
    {
        if (name.Length == 0)
        {
            yield return new FieldFault(field, $"is missing: {whatIsMissing}");
        }
        else if (name.Length > LinkMark.LongestName || name is "." or ".." || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            yield return new FieldFault(field, $"\"{name}\" is no interface's name: use 1 to {LinkMark.LongestName} of a-z, A-Z, 0-9, '-', '_' and '.'");
        }
        else if (name is "lo" or "all" or "default")
        {
            yield return new FieldFault(field, $"\"{name}\" is the kernel's own: choose another name");
        }
    }

    // Two networks can't have the same bridge, nor the same addresses.
    private static IEnumerable<FieldFault> CheckTogether(IReadOnlyList<NetworkSettings> networks)
    {
        for (var i = 0; i < networks.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (BridgeOf(networks[i]) is { } bridge && bridge == BridgeOf(networks[j]))
                {
                    yield return new FieldFault($"networks[{i}]", $"has the bridge {bridge}, as networks[{j}] has: give each its own");
                }

                foreach (var (field, mine, others) in new[]
                {
                    ("subnet", networks[i].Bridge?.Subnet, networks[j].Bridge?.Subnet),
                    ("subnet6", networks[i].Bridge?.Subnet6, networks[j].Bridge?.Subnet6),
                })
                {
                    if (IPNetwork.TryParse(mine, out var a) && IPNetwork.TryParse(others, out var b) && Subnets.Overlap(a, b))
                    {
                        yield return new FieldFault($"networks[{i}].bridge.{field}", $"\"{mine}\" overlaps \"{others}\" of networks[{j}]: give each its own");
                    }
                }
            }
        }
    }

    private static string? BridgeOf(NetworkSettings network) => network.KindCase switch
    {
        NetworkSettings.KindOneofCase.Bridge => BridgeLayout.BridgeName(network.Name, network.Bridge),
        NetworkSettings.KindOneofCase.Bridged => network.Bridged.Bridge,
        _ => null,
    };

    // An address within a subnet, such as "10.80.0.1/24", is none.
    private static bool TryParse(string text, AddressFamily family, out IPNetwork network) =>
        IPNetwork.TryParse(text, out network) && network.BaseAddress.AddressFamily == family && IPAddress.Parse(text.Split('/')[0]).Equals(network.BaseAddress);
}
