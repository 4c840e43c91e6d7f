using System.Globalization;
using System.Net;

namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>The link-local address that follows from a hardware address (RFC 4291, appendix A: modified EUI-64).</summary>
internal static class LinkLocal
{
    internal static IPAddress Of(string mac)
    {
        byte[] m = [.. mac.Split(':').Select(part => byte.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        return new IPAddress([0xfe, 0x80, 0, 0, 0, 0, 0, 0, (byte)(m[0] ^ 0x02), m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]]);
    }
}
