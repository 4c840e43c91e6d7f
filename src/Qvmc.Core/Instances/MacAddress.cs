using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>Hardware addresses of network interfaces, written <c>52:54:00:12:34:56</c>.</summary>
public static class MacAddress
{
    // QEMU's own locally administered prefix.
    private const string Prefix = "52:54:00";

    /// <summary>
    /// Reads an address; colons only, either case. <paramref name="canonical"/> is in lower case. False for anything
    /// else, for group addresses and for the all-zero address, which no interface can have.
    /// </summary>
    public static bool TryParse(string text, out string canonical)
    {
        canonical = "";
        var parts = text.Split(':');
        if (parts.Length != 6)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[6];
        for (var i = 0; i < 6; i++)
        {
            // The parser alone would take a NUL behind a digit.
            if (parts[i].Length != 2 || !char.IsAsciiHexDigit(parts[i][1]) || !byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i]))
            {
                return false;
            }
        }

        // The lowest bit of the first byte marks a group address (IEEE 802).
        if ((bytes[0] & 1) != 0 || bytes.IndexOfAnyExcept((byte)0) < 0)
        {
            return false;
        }

        canonical = text.ToLowerInvariant();
        return true;
    }

    /// <summary>The address of an instance's interface that was given none: the same for life.</summary>
    /// <param name="uid">The instance's identity.</param>
    /// <param name="index">The interface's slot, counted from 0.</param>
    public static string Derive(string uid, int index) => Derive(uid, index, 0);

    /// <summary>
    /// The addresses of all of an instance's interfaces, in order: the given ones as they are, the others derived from
    /// their slots, and no two the same.
    /// </summary>
    /// <param name="uid">The instance's identity.</param>
    /// <param name="nics">Its interfaces, with their slots.</param>
    /// <param name="isTaken">Whether somebody else on the host has an address; null: nobody has any.</param>
    public static IReadOnlyList<string> ForAll(string uid, IReadOnlyList<Nic> nics, Func<string, bool>? isTaken = null)
    {
        var taken = nics.Where(n => n.Mac.Length > 0).Select(n => n.Mac.ToLowerInvariant()).ToHashSet();
        var macs = new List<string>(nics.Count);
        foreach (var nic in nics)
        {
            var mac = nic.Mac.ToLowerInvariant();
            for (var attempt = 0; mac.Length == 0; attempt++)
            {
                var derived = Derive(uid, (int)nic.Slot - 1, attempt);
                mac = isTaken?.Invoke(derived) != true && taken.Add(derived) ? derived : "";
            }

            macs.Add(mac);
        }

        return macs;
    }

    private static string Derive(string uid, int index, int attempt)
    {
        var seed = attempt == 0 ? $"{uid}/{index}" : $"{uid}/{index}/{attempt}";
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(seed));
        return $"{Prefix}:{hash[0]:x2}:{hash[1]:x2}:{hash[2]:x2}";
    }
}
