using System.Globalization;

namespace Qvmc.Qemu.Networks.Links;

/// <summary>
/// What we write on interfaces of ours (<c>ifalias</c>), and how TAPs are named. An interface without the mark is
/// somebody else's and is left alone, whatever it is called.
/// </summary>
internal static class LinkMark
{
    /// <summary>linux/if.h: IFNAMSIZ, less the final NUL.</summary>
    internal const int LongestName = 15;

    private const string Ours = "qvmc:";

    /// <summary>On the bridge of a network.</summary>
    internal static string OfBridge(string network) => Ours + network;

    /// <summary>On a machine's TAP.</summary>
    internal static string OfTap(string uid, uint slot) => string.Create(CultureInfo.InvariantCulture, $"{Ours}{uid}:{slot}");

    /// <summary>The network whose bridge has the mark, or null.</summary>
    internal static string? NetworkOf(HostLink link) =>
        link.Kind == "bridge" && link.Alias.StartsWith(Ours, StringComparison.Ordinal) ? link.Alias[Ours.Length..] : null;

    /// <summary>
    /// The machine whose TAP it is, or null. One without a mark was made by a daemon that ended before it could write it:
    /// nobody else's interfaces are called so.
    /// </summary>
    internal static (string Uid, uint Slot)? MachineOf(HostLink link) =>
        link.Kind == "tun" && link.Name is ['q', .. { Length: Core.Instances.Uid.Length } uid, >= '1' and <= '8'] && Core.Instances.Uid.Is(uid)
        && (link.Alias.Length == 0 || link.Alias == OfTap(uid, (uint)(link.Name[^1] - '0')))
            ? (uid, (uint)(link.Name[^1] - '0'))
            : null;

    /// <summary>Name of a machine's TAP: 14 characters.</summary>
    internal static string TapName(string uid, uint slot) => string.Create(CultureInfo.InvariantCulture, $"q{uid}{slot}");
}
