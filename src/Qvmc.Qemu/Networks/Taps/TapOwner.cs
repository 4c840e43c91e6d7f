using Qvmc.Os.Files;
using Qvmc.Qemu.Confinement;

namespace Qvmc.Qemu.Networks.Taps;

/// <summary>Who may open TAPs: the user that QEMU runs as.</summary>
/// <param name="UserId">Its number.</param>
/// <param name="Vhost">It can use the kernel's own virtio-net (/dev/vhost-net).</param>
internal sealed record TapOwner(uint UserId, bool Vhost)
{
    private const string VhostDevice = "/dev/vhost-net";

    /// <param name="user">Null: the user that the daemon itself runs as.</param>
    /// <param name="vhost">The kernel's own virtio-net.</param>
    internal static TapOwner Of(MachineUser? user, string vhost = VhostDevice) => new(
        user?.Account.UserId ?? PrivateDirectory.UserId,
        CanOpen(vhost) && user?.MayUse(vhost) != false);

    // A node may be there without a kernel that has it.
    private static bool CanOpen(string vhost)
    {
        try
        {
            using var device = File.OpenHandle(vhost, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
