namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>
/// The rules of <c>table bridge qvmc</c>: what a machine's port may send. They come before everything else that
/// looks at a frame, before connection tracking and before bridge-nf-call-iptables, so what is dropped here was never
/// seen by the host. On an operator's bridge only the hardware address and the rate are looked at.
/// <para>
/// Where a link-local address does not follow from the hardware address (RFC 7217) we can't know whose it is; so any
/// may be used that does not belong to somebody we know.
/// </para>
/// </summary>
internal static class PortTable
{
    // Fragments from link-local addresses: nobody needs them, and routers' advertisements hide in them (RFC 7113).
    // @th,64,128: the target of a neighbour's solicitation or advertisement. @th,288,48: the client's hardware
    // address in DHCP. A packet too short to hold it matches neither the set nor its contrary, and meets the drop.
    internal const string Chains = """
            chain prerouting {
                type filter hook prerouting priority dstnat; policy accept;
                iifname @send_rates counter drop comment "over its rate"
                iifname vmap @ports
            }

            chain postrouting {
                type filter hook postrouting priority srcnat; policy accept;
                oifname @receive_rates counter drop comment "over its rate"
            }

            chain from_guest_of_bridge {
                iifname . ether saddr != @macs counter drop comment "not its own hardware address"
            }

            chain from_machine {
                iifname . ether saddr != @macs counter drop comment "not its own hardware address"
                ether type vmap { ip : goto from_ipv4, arp : goto from_arp, ip6 : goto from_ipv6 }
                counter drop comment "neither IP nor ARP"
            }

            chain from_arp {
                arp htype != 1 counter drop
                arp ptype != ip counter drop
                arp hlen != 6 counter drop
                arp plen != 4 counter drop
                iifname . arp saddr ether != @macs counter drop comment "ARP for another's hardware address"
                iifname . arp saddr ip @addresses accept
                arp operation request arp saddr ip 0.0.0.0 iifname . arp daddr ip @addresses accept comment "asks whether its address is free"
                counter drop comment "ARP for another's address"
            }

            chain from_ipv4 {
                udp sport 67 counter drop comment "a DHCP server"
                udp dport 67 goto from_dhcp_client
                iifname . ip saddr @addresses accept
                counter drop comment "not its own IPv4 address"
            }

            chain from_dhcp_client {
                iifname . @th,288,48 @dhcp_macs iifname . ip saddr @addresses accept
                iifname . @th,288,48 @dhcp_macs ip saddr 0.0.0.0 ip daddr 255.255.255.255 accept
                counter drop comment "DHCP in another's name"
            }

            chain from_ipv6 {
                udp sport 547 counter drop comment "a DHCPv6 server"
                icmpv6 type { nd-router-advert, nd-redirect } counter drop comment "a router"
                ip6 saddr fe80::/10 exthdr frag exists counter drop comment "link-local fragments"
                icmpv6 type nd-neighbor-advert jump claims_address
                ip6 saddr :: goto from_nobody
                iifname . ip6 saddr @addresses6 accept
                ip6 saddr @link_local counter drop comment "another's link-local address"
                ip6 saddr fe80::/10 accept
                counter drop comment "not its own IPv6 address"
            }

            chain from_nobody {
                icmpv6 type nd-neighbor-solicit jump claims_address
                icmpv6 type { nd-neighbor-solicit, nd-router-solicit, mld-listener-report, mld2-listener-report } accept
                counter drop comment "no address"
            }

            chain claims_address {
                iifname . @th,64,128 @claims6 return
                @th,64,128 @link_local_claims counter drop comment "claims another's link-local address"
                @th,64,10 0x3fa return
                counter drop comment "claims another's address"
            }

        """;
}
