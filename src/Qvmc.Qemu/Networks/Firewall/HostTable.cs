namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>
/// The rules of <c>table inet qvmc</c>: what goes between our bridges, the host and the outside. They speak of nothing
/// but our bridges, our subnets and the forwards, so others' traffic passes them untouched; and what they accept, others'
/// rules may still drop.
/// <para>
/// With net.bridge.bridge-nf-call-iptables=1 (Docker sets it) frames that are merely switched between two ports of a
/// bridge pass here too, as if they were forwarded from the bridge to itself. That is why the first rules of
/// "forward" and the condition <c>ct status dnat</c> in "postrouting" are what they are: such a frame is accepted and
/// not translated. What a machine may send at all is decided before that, in <see cref="PortTable"/>, for both. One thing
/// is lost then: a machine does not reach itself by a forward of its own, for the kernel turns such a frame back
/// within the bridge, to the port it came from.
/// </para>
/// </summary>
internal static class HostTable
{
    internal static string Chains(IReadOnlyList<FirewallNetwork> ours) => $$"""
            chain forwards {
                dnat ip to ip daddr . meta l4proto . th dport map @forwards
                fib daddr type local dnat ip to meta l4proto . th dport map @any_forwards
                dnat ip6 to ip6 daddr . meta l4proto . th dport map @forwards6
                fib daddr type local dnat ip6 to meta l4proto . th dport map @any_forwards6
            }

            chain prerouting {
                type nat hook prerouting priority dstnat; policy accept;
                ip daddr 127.0.0.0/8 return comment "forwards on loopback are for local programs only"
                ip6 daddr ::1 return
                jump forwards
            }

            chain output {
                type nat hook output priority -100; policy accept;
                ip6 daddr ::1 return comment "what is sent from ::1 can't leave the host"
                jump forwards
            }

            chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
        {{string.Concat(ours.Select(Translation))}}    }

            chain forward {
                type filter hook forward priority filter; policy accept;
        {{string.Concat(ours.Select(n => $"        iifname \"{n.Bridge}\" oifname \"{n.Bridge}\" accept comment \"{n.Name}: among its machines\"\n"))}}        iifname @isolated jump from_isolated
                oifname @bridges jump to_machines
            }

            chain from_isolated {
                ct direction reply ct state established,related accept comment "answers to who came by a forward"
                counter drop comment "isolated: no way out"
            }

            chain to_machines {
                ct state established,related accept
                ct status dnat accept comment "port forwards"
                counter drop comment "neither an answer nor by a forward"
            }

            chain input {
                type filter hook input priority filter; policy accept;
                iifname @bridges jump to_host
            }

            chain to_host {
                ct state established,related accept
                ip daddr 127.0.0.0/8 counter drop comment "machines have no business on our loopback"
                udp dport 67 accept comment "DHCP"
                udp dport 547 ip6 saddr fe80::/10 accept comment "DHCPv6"
                iifname . ip daddr @gateways meta l4proto { tcp, udp } th dport 53 accept comment "DNS"
                iifname . ip6 daddr @gateways6 meta l4proto { tcp, udp } th dport 53 accept comment "DNS"
                icmp type echo-request accept
                icmpv6 type { echo-request, nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-report, mld-listener-done, mld2-listener-report } accept
                counter drop comment "the host offers machines nothing else"
            }

        """;

    // A machine that is reached by a forward from its own network must answer to the host, which turns the answer back.
    private static string Translation(FirewallNetwork n) => Translation(n, "ip", $"{n.Subnet}", n.Subnet is not null)
        + Translation(n, "ip6", $"{n.Subnet6}", n.Subnet6 is not null)
        + $"        ip saddr 127.0.0.0/8 oifname \"{n.Bridge}\" masquerade comment \"{n.Name}: forwards on loopback\"\n";

    private static string Translation(FirewallNetwork n, string family, string subnet, bool present) => !present ? "" : $"""
                {family} saddr {subnet} oifname != "{n.Bridge}" counter masquerade comment "{n.Name}: to the outside"
                {family} saddr {subnet} oifname "{n.Bridge}" ct status dnat masquerade comment "{n.Name}: forwards from within"

        """;
}
