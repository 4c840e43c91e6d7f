using System.Globalization;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Instances;

/// <summary>The addresses of an instance for people, each with who says so.</summary>
internal static class AddressText
{
    /// <summary>First those that somebody has seen in use, then those that are only reserved.</summary>
    public static IEnumerable<string> Of(InstanceStatus status)
    {
        var reserved = status.Nics.SelectMany(n => new[] { (Ip: n.Ipv4, n.Slot), (Ip: n.Ipv6, n.Slot) }).Where(r => r.Ip.Length > 0).ToList();
        foreach (var group in status.Addresses.GroupBy(a => a.Ip))
        {
            var address = group.First();
            string[] facts =
            [
                address.Interface,
                address.Mac,
                .. group.Select(a => Source(a.Source)).Distinct(),
                reserved.Any(r => r.Ip == group.Key) ? "reserved" : "",
            ];
            yield return $"{address.Ip}{(address.Prefix > 0 ? string.Create(CultureInfo.InvariantCulture, $"/{address.Prefix}") : "")}{InBrackets(facts)}";
        }

        foreach (var (ip, slot) in reserved.Where(r => status.Addresses.All(a => a.Ip != r.Ip)))
        {
            yield return $"{ip} (interface {slot}, reserved)";
        }
    }

    private static string Source(AddressSource source) => source switch
    {
        AddressSource.Unspecified => "",
        AddressSource.Agent => "agent",
        AddressSource.Dhcp => "DHCP",
        _ => source.ToString(),
    };

    private static string InBrackets(IEnumerable<string> facts) =>
        string.Join(", ", facts.Where(f => f.Length > 0)) is { Length: > 0 } text ? $" ({text})" : "";
}
