using System.Globalization;
using System.Net;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Arguments;

/// <summary>Port forwards as they are written: <c>[HOST_IP:]HOST_PORT:GUEST_PORT[/tcp|/udp]</c>; IPv6 in brackets.</summary>
internal static class ForwardText
{
    /// <summary>Reads a port forward.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="forward">The forward.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryParse(string text, out PortForward forward, out string fault)
    {
        forward = new PortForward { Protocol = Protocol.Tcp };
        fault = $"\"{text}\" is not a port forward; write it like 8080:80, 8080:80/udp or 192.0.2.1:8080:80";
        var ports = text;
        if (text.LastIndexOf('/') is var slash and >= 0)
        {
            ports = text[..slash];
            switch (text[(slash + 1)..].ToLowerInvariant())
            {
                case "tcp":
                    break;
                case "udp":
                    forward.Protocol = Protocol.Udp;
                    break;
                default:
                    return false;
            }
        }

        if (ports.LastIndexOf(':') is not (var last and > 0))
        {
            return false;
        }

        var host = ports[..last];
        var separator = host.LastIndexOf(':');
        if (!TryPort(ports[(last + 1)..], out var guestPort) || !TryPort(host[(separator + 1)..], out var hostPort))
        {
            return false;
        }

        if (separator >= 0)
        {
            var address = host[..separator];
            var isBracketed = address.StartsWith('[') && address.EndsWith(']');

            // "1:2:3" would be read as an address by IPAddress: only dotted quads and brackets are meant here.
            if ((!isBracketed && address.Count(c => c == '.') != 3)
                || !IPAddress.TryParse(address.Trim('[', ']'), out var parsed))
            {
                return false;
            }

            forward.HostAddress = parsed.ToString();
        }

        forward.HostPort = hostPort;
        forward.GuestPort = guestPort;
        fault = "";
        return true;
    }

    /// <summary>A forward for people: <c>127.0.0.1:8080->80/tcp</c>.</summary>
    public static string Of(PortForward forward)
    {
        var address = forward.HostAddress switch
        {
            "" => "127.0.0.1",
            var v6 when v6.Contains(':', StringComparison.Ordinal) => $"[{v6}]",
            var v4 => v4,
        };
        var protocol = forward.Protocol == Protocol.Udp ? "udp" : "tcp";
        return string.Create(CultureInfo.InvariantCulture, $"{address}:{forward.HostPort}->{forward.GuestPort}/{protocol}");
    }

    private static bool TryPort(string text, out uint port) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;
}
