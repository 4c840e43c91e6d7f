using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>Ours beside the rules that other programs make: theirs stay as they were, and both hold.</summary>
public sealed class OthersTests
{
    private const string Docker = """
        iptables-nft -P FORWARD DROP
        iptables-nft -N DOCKER-USER
        iptables-nft -A DOCKER-USER -j RETURN
        iptables-nft -N DOCKER
        iptables-nft -A FORWARD -j DOCKER-USER
        iptables-nft -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        iptables-nft -A FORWARD -o docker0 -j DOCKER
        iptables-nft -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
        iptables-nft -t nat -N DOCKER
        iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
        iptables-nft -t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
        iptables-nft -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
        """;

    private const string Firewalld = """
        nft -f - <<END
        table inet firewalld {
            chain filter_INPUT {
                type filter hook input priority filter + 10; policy accept;
                ct state { established, related } accept
                iifname "lo" accept
                reject with icmpx admin-prohibited
            }
            chain filter_FORWARD {
                type filter hook forward priority filter + 10; policy accept;
                ct state { established, related } accept
                ct status dnat accept
                iifname "lo" accept
                reject with icmpx admin-prohibited
            }
            chain nat_POSTROUTING {
                type nat hook postrouting priority srcnat + 10; policy accept;
                oifname "up0" masquerade
            }
        }
        END
        """;

    private const string Libvirt = """
        iptables-nft -N LIBVIRT_FWI
        iptables-nft -N LIBVIRT_FWO
        iptables-nft -N LIBVIRT_FWX
        iptables-nft -A FORWARD -j LIBVIRT_FWX
        iptables-nft -A FORWARD -j LIBVIRT_FWI
        iptables-nft -A FORWARD -j LIBVIRT_FWO
        iptables-nft -A LIBVIRT_FWX -i virbr0 -o virbr0 -j ACCEPT
        iptables-nft -A LIBVIRT_FWI -d 192.168.122.0/24 -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        iptables-nft -A LIBVIRT_FWI -o virbr0 -j REJECT
        iptables-nft -A LIBVIRT_FWO -s 192.168.122.0/24 -i virbr0 -j ACCEPT
        iptables-nft -A LIBVIRT_FWO -i virbr0 -j REJECT
        iptables-nft -t nat -A POSTROUTING -s 192.168.122.0/24 ! -d 192.168.122.0/24 -j MASQUERADE
        """;

    [NamespaceTheory]
    [InlineData("libvirt", Libvirt)]
    [InlineData("docker, told of our bridge", Docker + "\niptables-nft -I DOCKER-USER -i qv-lan -j ACCEPT\niptables-nft -I DOCKER-USER -o qv-lan -j ACCEPT")]
    [InlineData("firewalld, told of our bridge", Firewalld + "\nnft 'insert rule inet firewalld filter_FORWARD iifname qv-lan accept; insert rule inet firewalld filter_FORWARD oifname qv-lan accept; insert rule inet firewalld filter_INPUT iifname qv-lan accept'")]
    public async Task OursWorkBesideThem(string whose, string rules)
    {
        _ = whose;
        await using var lab = await FirewallLab.CreateAsync("a", "b", "c");
        await lab.FilterSwitchedFramesAsync(true);
        await lab.Host.ShellAsync(rules);
        var before = await lab.Host.RunAsync("nft", "-s", "list", "ruleset");
        await lab.ServeAsync(lab.Outside, "TCP-LISTEN:80,reuseaddr");
        await lab.ServeAsync(lab.Machine("a"), "TCP-LISTEN:80,reuseaddr");
        await lab.ServeAsync(lab.Host, "UDP-LISTEN:53");
        await lab.ProtectAsync(("a", FirewallLab.Tcp(8080, "0.0.0.0")));

        Assert.Equal("192.0.2.2", await FirewallLab.AskAsync(lab.Outside, "TCP:192.0.2.1:8080"));
        Assert.Equal("10.80.0.1", await FirewallLab.AskAsync(lab.Host, "TCP:127.0.0.1:8080"));
        Assert.Equal("192.0.2.1", await FirewallLab.AskAsync(lab.Machine("a"), "TCP:192.0.2.2:80"));
        Assert.Equal("10.80.0.3", await FirewallLab.AskAsync(lab.Machine("b"), "TCP:10.80.0.2:80"));
        Assert.Equal("10.80.0.2", await FirewallLab.AskAsync(lab.Machine("a"), "UDP:10.80.0.1:53"));

        // What they accept for all, ours still keep apart.
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Machine("c"), "TCP:10.80.0.2:80"));
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Outside, "TCP:10.80.0.2:80"));

        await lab.Firewall.SetNetworksAsync([], [], CancellationToken.None);
        Assert.Equal(before, await lab.Host.RunAsync("nft", "-s", "list", "ruleset"));
    }

    /// <summary>Why the doctor looks for it: nothing that we accept is accepted for others.</summary>
    [NamespaceTheory]
    [InlineData(Docker)]
    [InlineData(Firewalld)]
    public async Task WhoDropsWhatIsForwardedDropsOursToo(string rules)
    {
        await using var lab = await FirewallLab.CreateAsync("a");
        await lab.Host.ShellAsync(rules);
        await lab.ServeAsync(lab.Outside, "TCP-LISTEN:80,reuseaddr");
        await lab.ProtectAsync();
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Machine("a"), "TCP:192.0.2.2:80"));
    }

    /// <summary>A chain with the old back end of iptables is in the kernel's other tables, and just as final.</summary>
    [NamespaceFact]
    public async Task TheOldIptablesDoesSoToo()
    {
        await using var lab = await FirewallLab.CreateAsync("a");
        await lab.Host.ShellAsync(Docker.Replace("iptables-nft", "iptables-legacy", StringComparison.Ordinal));
        await lab.ServeAsync(lab.Outside, "TCP-LISTEN:80,reuseaddr");
        await lab.ProtectAsync();
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Machine("a"), "TCP:192.0.2.2:80"));
        await lab.Host.ShellAsync("iptables-legacy -I DOCKER-USER -i qv-lan -j ACCEPT; iptables-legacy -I DOCKER-USER -o qv-lan -j ACCEPT");
        Assert.Equal("192.0.2.1", await FirewallLab.AskAsync(lab.Machine("a"), "TCP:192.0.2.2:80"));
    }
}
