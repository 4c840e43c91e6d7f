using System.Net;
using System.Net.Sockets;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>Port forwards as a launch may ask for them, and when two of them cannot both be had.</summary>
public static class ForwardRules
{
    /// <summary>Every fault of <paramref name="forwards"/>.</summary>
    public static IEnumerable<FieldFault> Check(IReadOnlyList<PortForward> forwards, string field)
    {
        if (forwards.Count > InstanceLimits.MaxForwards)
        {
            yield return new FieldFault(field, $"{forwards.Count} port forwards are too many: at most {InstanceLimits.MaxForwards}");
            yield break;
        }

        for (var i = 0; i < forwards.Count; i++)
        {
            var forward = forwards[i];
            foreach (var fault in Check(forward, $"{field}[{i}]"))
            {
                yield return fault;
            }

            for (var j = 0; j < i; j++)
            {
                if (Collide(forward, forwards[j]))
                {
                    yield return new FieldFault($"{field}[{i}].host_port", $"{Describe(forward)} is taken by {field}[{j}] too: give each its own");
                    break;
                }
            }
        }
    }

    /// <summary>Every fault of one by itself.</summary>
    public static IEnumerable<FieldFault> Check(PortForward forward, string field)
    {
        if (!Enum.IsDefined(forward.Protocol))
        {
            yield return new FieldFault($"{field}.protocol", $"{(int)forward.Protocol} is not known: use TCP or UDP");
        }

        if (!IsAddress(forward.HostAddress))
        {
            yield return new FieldFault($"{field}.host_address", $"{Shown.Quote(forward.HostAddress)} is not an IP address of the host: write it as 127.0.0.1 or ::1");
        }

        if (forward.HostPort is 0 or > 65535)
        {
            yield return new FieldFault($"{field}.host_port", $"{forward.HostPort} is not allowed: use 1 to 65535");
        }

        if (forward.GuestPort is 0 or > 65535)
        {
            yield return new FieldFault($"{field}.guest_port", $"{forward.GuestPort} is not allowed: use 1 to 65535");
        }
    }

    /// <summary>Fills in what was left open.</summary>
    public static void Complete(PortForward forward)
    {
        forward.Protocol = forward.Protocol == Protocol.Unspecified ? Protocol.Tcp : forward.Protocol;
        forward.HostAddress = forward.HostAddress.Length == 0 ? "127.0.0.1" : forward.HostAddress;
    }

    /// <summary>Whether both would listen on the same port of the same address.</summary>
    public static bool Collide(PortForward a, PortForward b)
    {
        if (IsUdp(a) != IsUdp(b) || a.HostPort != b.HostPort)
        {
            return false;
        }

        var (left, right) = (Address(a), Address(b));
        return left.Equals(right) || IsAny(left) || IsAny(right);
    }

    /// <summary>For messages: <c>tcp 127.0.0.1:8080</c>.</summary>
    public static string Describe(PortForward forward) =>
        $"{(IsUdp(forward) ? "udp" : "tcp")} {new IPEndPoint(Address(forward), (int)Math.Min(forward.HostPort, 65535))}";

    private static bool IsUdp(PortForward forward) => forward.Protocol == Protocol.Udp;

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static IPAddress Address(PortForward forward) =>
        IPAddress.TryParse(forward.HostAddress, out var address) ? address : IPAddress.Loopback;

    // IPAddress reads "1" and "127.1" as IPv4 too; a port forward must not depend on that.
    private static bool IsAddress(string text) => text.Length == 0 || (IPAddress.TryParse(text, out var address)
        && (address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == text : !text.Contains('%') && !text.Contains('[')));
}
