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
        if (!TryProtocol(text, forward, out var ports) || ports.LastIndexOf(':') is not (var last and > 0))
        {
            return false;
        }

        if (!TryPort(ports[(last + 1)..], out var guestPort) || !TryHost(ports[..last], forward))
        {
            return false;
        }

        forward.GuestPort = guestPort;
        fault = "";
        return true;
    }

    /// <summary>Reads what a port forward listens on: <c>[HOST_IP:]HOST_PORT[/tcp|/udp]</c>.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="forward">The forward, without its guest's port.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryParseHost(string text, out PortForward forward, out string fault)
    {
        forward = new PortForward { Protocol = Protocol.Tcp };
        fault = "";
        if (TryProtocol(text, forward, out var host) && TryHost(host, forward))
        {
            return true;
        }

        fault = $"\"{text}\" is not a port of the host; write it like 8080, 8080/udp or 192.0.2.1:8080";
        return false;
    }

    /// <summary>A forward for people: <c>127.0.0.1:8080->80/tcp</c>.</summary>
    public static string Of(PortForward forward) =>
        string.Create(CultureInfo.InvariantCulture, $"{HostOf(forward)}->{forward.GuestPort}/{ProtocolOf(forward)}");

    /// <summary>Its protocol: <c>tcp</c>.</summary>
    public static string ProtocolOf(PortForward forward) => forward.Protocol == Protocol.Udp ? "udp" : "tcp";

    /// <summary>What it listens on: <c>127.0.0.1:8080</c>.</summary>
    public static string HostOf(PortForward forward)
    {
        var address = forward.HostAddress switch
        {
            "" => "127.0.0.1",
            var v6 when v6.Contains(':', StringComparison.Ordinal) => $"[{v6}]",
            var v4 => v4,
        };
        return string.Create(CultureInfo.InvariantCulture, $"{address}:{forward.HostPort}");
    }

    private static bool TryProtocol(string text, PortForward forward, out string rest)
    {
        var slash = text.LastIndexOf('/');
        rest = slash < 0 ? text : text[..slash];
        var word = slash < 0 ? "tcp" : text[(slash + 1)..].ToLowerInvariant();
        forward.Protocol = word == "udp" ? Protocol.Udp : Protocol.Tcp;
        return word is "tcp" or "udp";
    }

    private static bool TryHost(string host, PortForward forward)
    {
        var separator = host.LastIndexOf(':');
        if (!TryPort(host[(separator + 1)..], out var hostPort))
        {
            return false;
        }

        forward.HostPort = hostPort;
        if (separator < 0)
        {
            return true;
        }

        // "1:2:3" would be read as an address by IPAddress: only dotted quads and brackets are meant here.
        var address = host[..separator];
        var isBracketed = address.StartsWith('[') && address.EndsWith(']');
        if ((!isBracketed && address.Count(c => c == '.') != 3) || !IPAddress.TryParse(address.Trim('[', ']'), out var parsed))
        {
            return false;
        }

        forward.HostAddress = parsed.ToString();
        return true;
    }

    private static bool TryPort(string text, out uint port) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;
}
