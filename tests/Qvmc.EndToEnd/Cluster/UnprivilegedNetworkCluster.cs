using System.Diagnostics;

namespace Qvmc.EndToEnd.Cluster;

/// <summary>
/// A network cluster whose daemon is root and runs QEMU as another user. That one must get at /dev/net/tun, to which udev
/// lets everybody; where it does not, the daemon has a node of its own in its place, which nobody else sees: "ip netns exec"
/// gives each program a mount namespace.
/// </summary>
public sealed class UnprivilegedNetworkCluster() : NetworkCluster($"""
    "machine_user": "{UnprivilegedCluster.User}",
    """)
{
    protected override ProcessStartInfo Command(string[] command) => Host.Command(["/bin/sh", "-euc", """
        if [ "$(stat -c %a /dev/net/tun)" != 666 ]; then
            [ -e "$0" ] || mknod "$0" c 10 200
            chmod 666 "$0"
            mount --bind "$0" /dev/net/tun
        fi
        exec "$@"
        """, Path.Combine(Root, "tun"), .. command]);
}
