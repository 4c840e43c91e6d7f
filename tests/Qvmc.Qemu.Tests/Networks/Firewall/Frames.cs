using System.Globalization;
using System.Net;
using System.Text;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>Frames as a hostile guest may send them, byte by byte. Checksums of UDP are left out; those of ICMPv6 are right.</summary>
internal static class Frames
{
    /// <summary>In every frame's payload, so that it is known again; and so long that none must be padded.</summary>
    internal const string Mark = "qvmc-test-frame-0123456789-qvmc-test-frame-0123";

    internal const string Everybody = "ff:ff:ff:ff:ff:ff";

    internal static byte[] Ethernet(string from, string to, int type, params byte[] payload) => [.. Mac(to), .. Mac(from), .. Word(type), .. payload, .. new byte[Math.Max(0, 46 - payload.Length)]];

    /// <summary>With an 802.1Q tag.</summary>
    internal static byte[] Tagged(int vlan, byte[] frame) => [.. frame[..12], .. Word(0x8100), .. Word(vlan), .. frame[12..]];

    internal static byte[] Arp(int operation, string senderMac, string senderIp, string targetIp, int type = 1) =>
        [.. Word(type), .. Word(0x0800), 6, 4, .. Word(operation), .. Mac(senderMac), .. Ip(senderIp), .. new byte[6], .. Ip(targetIp), .. Encoding.ASCII.GetBytes(Mark)];

    internal static byte[] Udp4(string from, string to, int fromPort, int toPort, params byte[] payload)
    {
        byte[] udp = [.. Word(fromPort), .. Word(toPort), .. Word(8 + payload.Length + Mark.Length), 0, 0, .. payload, .. Encoding.ASCII.GetBytes(Mark)];
        byte[] header = [0x45, 0, .. Word(20 + udp.Length), 0, 1, 0, 0, 64, 17, 0, 0, .. Ip(from), .. Ip(to)];
        var sum = Sum(header);
        (header[10], header[11]) = ((byte)(sum >> 8), (byte)sum);
        return [.. header, .. udp];
    }

    /// <summary>What a client sends to a DHCP server, up to its hardware address.</summary>
    internal static byte[] DhcpRequest(string mac) => [1, 1, 6, 0, .. new byte[24], .. Mac(mac), .. new byte[10]];

    internal static byte[] Udp6(string from, string to, int fromPort, int toPort) =>
        Ip6(from, to, 17, [.. Word(fromPort), .. Word(toPort), .. Word(8 + Mark.Length), 0, 0, .. Encoding.ASCII.GetBytes(Mark)]);

    internal static byte[] Icmp6(string from, string to, int type, params byte[] body)
    {
        byte[] message = [(byte)type, 0, 0, 0, .. body, .. Encoding.ASCII.GetBytes(Mark)];
        byte[] pseudo = [.. Ip(from), .. Ip(to), .. Word(0), .. Word(message.Length), 0, 0, 0, 58];
        var sum = Sum([.. pseudo, .. message]);
        (message[2], message[3]) = ((byte)(sum >> 8), (byte)sum);
        return Ip6(from, to, 58, message);
    }

    /// <summary>Says that an address is here.</summary>
    internal static byte[] NeighborAdvert(string from, string to, string target) => Icmp6(from, to, 136, [0x20, 0, 0, 0, .. Ip(target)]);

    internal static byte[] NeighborSolicit(string from, string to, string target) => Icmp6(from, to, 135, [0, 0, 0, 0, .. Ip(target)]);

    /// <summary>The first fragment of a packet, whose true protocol comes only in the second.</summary>
    internal static byte[] FirstFragment(string from, string to) => Ip6(from, to, 44, [60, 0, 0, 1, 0, 0, 0, 7, 58, 0, 1, 4, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(Mark)]);

    internal static byte[] Ip6(string from, string to, int protocol, byte[] payload) =>
        [0x60, 0, 0, 0, .. Word(payload.Length), (byte)protocol, 255, .. Ip(from), .. Ip(to), .. payload];

    private static byte[] Mac(string text) => [.. text.Split(':').Select(part => byte.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    private static byte[] Ip(string text) => IPAddress.Parse(text).GetAddressBytes();

    private static byte[] Word(int value) => [(byte)(value >> 8), (byte)value];

    private static int Sum(byte[] bytes)
    {
        var sum = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
        }

        while (sum > 0xffff)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return ~sum & 0xffff;
    }
}
