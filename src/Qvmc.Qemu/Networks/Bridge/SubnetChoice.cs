using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>Finds subnets that nobody uses.</summary>
internal static class SubnetChoice
{
    private const int Places = 1 << 16;

    /// <summary>A free /24 of 10.0.0.0/8, beginning anywhere.</summary>
    /// <exception cref="FaultException">RESOURCE_EXHAUSTED: there is none.</exception>
    internal static IPNetwork Choose4(IReadOnlyList<Occupied> occupied, int begin)
    {
        for (var i = 0; i < Places; i++)
        {
            var place = (begin + i) % Places;
            var subnet = new IPNetwork(new IPAddress([10, (byte)(place >> 8), (byte)place, 0]), 24);
            if (AddressSpace.Collision(subnet, occupied) is null)
            {
                return subnet;
            }
        }

        var by = AddressSpace.Collision(new IPNetwork(new IPAddress([10, 0, 0, 0]), 8), occupied)!.Value.By;
        throw new FaultException(
            FaultCode.ResourceExhausted, $"no /24 of 10.0.0.0/8 is free, by {by}: configure a subnet for the network, such as \"192.168.80.0/24\" or \"172.30.80.0/24\"");
    }

    /// <summary>The same from a random place: hosts that are joined later should not all have the same.</summary>
    internal static IPNetwork Choose4(IReadOnlyList<Occupied> occupied) => Choose4(occupied, RandomNumberGenerator.GetInt32(Places));

    /// <summary>A random /64 of fd00::/8 (RFC 4193) that nobody uses.</summary>
    internal static IPNetwork Choose6(IReadOnlyList<Occupied> occupied)
    {
        while (true)
        {
            var bytes = new byte[16];
            bytes[0] = 0xfd;
            RandomNumberGenerator.Fill(bytes.AsSpan(1, 7));

            // Not the subnet whose number is 0, which people take for a first one of their own.
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(6), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(6)) | 1));
            var subnet = new IPNetwork(new IPAddress(bytes), 64);
            if (AddressSpace.Collision(subnet, occupied) is null)
            {
                return subnet;
            }
        }
    }
}
