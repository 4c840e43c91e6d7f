using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>
/// Reads dnsmasq's lease file, which it empties and writes anew at each change: whoever reads meanwhile finds it empty, or
/// its last line cut. So an unfinished line counts for nothing, and what can't be understood is left out.
/// </summary>
/// <remarks>
/// EXPIRY MAC ADDRESS NAME CLIENT-ID for IPv4; then <c>duid</c> and the server's own id; then EXPIRY IAID ADDRESS NAME DUID
/// for IPv6. EXPIRY is in seconds since 1970, 0 for never.
/// </remarks>
internal sealed record LeaseText(string? ServerId, IReadOnlyList<LeaseLine> Lines)
{
    internal static LeaseText Empty { get; } = new(null, []);

    internal static LeaseText Parse(string text)
    {
        string? server = null;
        var lines = new List<LeaseLine>();
        var end = text.LastIndexOf('\n');
        foreach (var line in end < 0 ? [] : text[..end].Split('\n'))
        {
            var fields = line.Split(' ');
            if (fields is ["duid", var id])
            {
                server = id;
            }
            else if (fields.Length == 5 && Read(fields, line) is { } lease)
            {
                lines.Add(lease);
            }
        }

        return new LeaseText(server, lines);
    }

    private static LeaseLine? Read(string[] fields, string line)
    {
        // A "T" before an IAID: a temporary address, of which we give none.
        if (!long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var expiry)
            || expiry > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            || !IPAddress.TryParse(fields[2], out var address)
            || !IsHolder(fields[1], address.AddressFamily == AddressFamily.InterNetworkV6))
        {
            return null;
        }

        return new LeaseLine(expiry == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(expiry), fields[1], address, fields[4], line);
    }

    // A hardware address of another kind than Ethernet's has its kind and a dash before it.
    private static bool IsHolder(string text, bool isIpv6) => isIpv6
        ? text.All(char.IsAsciiDigit) && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        : text.Contains(':', StringComparison.Ordinal) && text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '-');
}
