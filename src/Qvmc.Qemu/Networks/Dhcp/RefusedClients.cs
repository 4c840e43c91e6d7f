using System.Text.RegularExpressions;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>
/// Hears of clients whose IPv6 address dnsmasq keeps from them: it knows the holder of a lease by the client's own id
/// (DUID), and a machine has another after its system was installed anew, or at each start if it keeps none. The lease would
/// stand in its way to the end. dnsmasq says so in its log alone, where a number joins the lines of one exchange.
/// </summary>
internal sealed partial class RefusedClients(Action<string, string> refused)
{
    private const int ExchangesKept = 64;

    private readonly Queue<(string Exchange, string Mac)> _exchanges = new();

    /// <summary>Reads a line. One caller at a time.</summary>
    internal void Hear(string line)
    {
        if (MacPattern().Match(line) is { Success: true } mac)
        {
            _exchanges.Enqueue((mac.Groups[1].Value, mac.Groups[2].Value));
            if (_exchanges.Count > ExchangesKept)
            {
                _exchanges.Dequeue();
            }
        }
        else if (RefusalPattern().Match(line) is { Success: true } refusal)
        {
            var exchange = refusal.Groups[1].Value;
            if (_exchanges.LastOrDefault(e => e.Exchange == exchange).Mac is { } client)
            {
                refused(client, refusal.Groups[2].Value);
            }
        }
    }

    [GeneratedRegex(@"^dnsmasq-dhcp\[\d+\]: (\d+) client MAC address: ([0-9a-f]{2}(?::[0-9a-f]{2}){5})$")]
    private static partial Regex MacPattern();

    [GeneratedRegex(@"^dnsmasq-dhcp\[\d+\]: (\d+) DHCP(?:ADVERTISE|REPLY)\([^)]+\) ([0-9a-f]{2}(?::[0-9a-f]{2})+) no addresses available$")]
    private static partial Regex RefusalPattern();
}
