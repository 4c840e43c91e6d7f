using Qvmc.Cli.Doctor;
using Qvmc.Cli.Doctor.Networks;
using Qvmc.Testing;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Cli.Tests.Doctor.Networks;

/// <summary>Rules as other programs make them, made for real; the advice is taken, and then nothing is found any more.</summary>
public sealed class FilterCheckTests
{
    private const string Docker = """
        TOOL -P FORWARD DROP
        TOOL -N DOCKER-USER
        TOOL -A DOCKER-USER -j RETURN
        TOOL -N DOCKER
        TOOL -A FORWARD -j DOCKER-USER
        TOOL -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        TOOL -A FORWARD -o docker0 -j DOCKER
        TOOL -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
        """;

    private const string Ufw = """
        iptables-nft -P INPUT DROP
        iptables-nft -P FORWARD DROP
        for c in ufw-before-input ufw-user-input ufw-before-forward ufw-user-forward; do iptables-nft -N $c; done
        iptables-nft -A INPUT -j ufw-before-input
        iptables-nft -A FORWARD -j ufw-before-forward
        iptables-nft -A ufw-before-input -i lo -j ACCEPT
        iptables-nft -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        iptables-nft -A ufw-before-input -p udp --sport 67 --dport 68 -j ACCEPT
        iptables-nft -A ufw-before-input -j ufw-user-input
        iptables-nft -A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        iptables-nft -A ufw-before-forward -j ufw-user-forward
        """;

    private const string Firewalld = """
        nft -f - <<END
        table inet firewalld {
            chain filter_IN_public {
                tcp dport 22 accept
            }
            chain filter_IN_trusted {
                accept
            }
            chain filter_INPUT_POLICIES {
                #in
                goto filter_IN_public
            }
            chain filter_INPUT {
                type filter hook input priority filter + 10; policy accept;
                ct state { established, related } accept
                iifname "lo" accept
                jump filter_INPUT_POLICIES
                reject with icmpx admin-prohibited
            }
            chain filter_FWD_trusted {
                accept
            }
            chain filter_FORWARD_POLICIES {
                #fwd
                iifname { "up0", "up1" } return
            }
            chain filter_FORWARD {
                type filter hook forward priority filter + 10; policy accept;
                ct state { established, related } accept
                ct status dnat accept
                iifname "lo" accept
                jump filter_FORWARD_POLICIES
                reject with icmpx admin-prohibited
            }
        }
        END
        """;

    [NamespaceFact]
    public async Task Docker_closes_what_is_forwarded_and_its_own_chain_opens_it() =>
        await AdviceHelpsAsync(Docker.Replace("TOOL", "iptables-nft", StringComparison.Ordinal), "Docker", "sudo iptables -I DOCKER-USER -i qv-lan -j ACCEPT && sudo iptables -I DOCKER-USER -o qv-lan -j ACCEPT");

    [NamespaceFact]
    public async Task So_it_does_by_the_old_iptables() => await AdviceHelpsAsync(
        Docker.Replace("TOOL", "iptables-legacy", StringComparison.Ordinal) + "\niptables-legacy -t nat -P POSTROUTING ACCEPT", "Docker", "sudo iptables-legacy -I DOCKER-USER -i qv-lan -j ACCEPT && sudo iptables-legacy -I DOCKER-USER -o qv-lan -j ACCEPT");

    [NamespaceFact]
    public async Task A_closed_chain_of_a_persons_is_opened_where_it_is() =>
        await AdviceHelpsAsync("iptables-nft -P FORWARD DROP", "the chain FORWARD of table ip filter", "sudo iptables -I FORWARD -i qv-lan -j ACCEPT && sudo iptables -I FORWARD -o qv-lan -j ACCEPT");

    [NamespaceFact]
    public async Task A_closed_chain_of_nft_is_opened_by_nft() => await AdviceHelpsAsync(
        "nft 'add table inet mine; add chain inet mine in { type filter hook input priority 0; policy drop; }; add rule inet mine in ct state established accept'",
        "the chain in of table inet mine", "sudo nft 'insert rule inet mine in iifname \"qv-lan\" accept'");

    [NamespaceFact]
    public async Task Ufw_closes_both()
    {
        await using var space = await TestNamespace.CreateAsync();
        await space.ShellAsync(Ufw);
        Assert.Equal(["sudo ufw allow in on qv-lan", "sudo ufw route allow in on qv-lan && sudo ufw route allow out on qv-lan"], (await LookAsync(space)).Select(f => f.Fix).Order(StringComparer.Ordinal));
        await space.ShellAsync("iptables-nft -A ufw-user-input -i qv-lan -j ACCEPT; iptables-nft -A ufw-user-forward -i qv-lan -j ACCEPT; iptables-nft -A ufw-user-forward -o qv-lan -j ACCEPT");
        Assert.Empty(await LookAsync(space));
    }

    [NamespaceFact]
    public async Task Firewalld_closes_both_but_port_forwards()
    {
        await using var space = await TestNamespace.CreateAsync();
        await space.ShellAsync(Firewalld);
        var found = await LookAsync(space);
        Assert.All(found, f => Assert.Equal("sudo firewall-cmd --permanent --zone=trusted --add-interface=qv-lan && sudo firewall-cmd --reload", f.Fix));
        Assert.Equal(2, found.Count);
        Assert.Contains(found, f => f.Detail.StartsWith("firewalld drops what machines ask the host", StringComparison.Ordinal));
        Assert.Contains(found, f => f.Detail.StartsWith("firewalld drops what machines send to the outside", StringComparison.Ordinal));

        await space.ShellAsync("nft delete table inet firewalld");
        await space.ShellAsync(Firewalld
            .Replace("#in", "iifname \"qv-lan\" goto filter_IN_trusted", StringComparison.Ordinal).Replace("#fwd", "iifname \"qv-lan\" goto filter_FWD_trusted", StringComparison.Ordinal));
        Assert.Empty(await LookAsync(space));
    }

    [NamespaceFact]
    public async Task Open_rules_and_our_own_are_nothing_to_speak_of()
    {
        await using var space = await TestNamespace.CreateAsync();
        await space.ShellAsync("""
            iptables-nft -A FORWARD -i virbr0 -j REJECT
            iptables-nft -A INPUT -p tcp --dport 22 -j DROP
            iptables-nft -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
            nft 'add table inet qvmc; add chain inet qvmc forward { type filter hook forward priority 0; policy drop; }'
            """);
        Assert.Empty(await LookAsync(space));
    }

    [NamespaceFact]
    public async Task What_an_isolated_network_can_not_send_is_not_missed()
    {
        await using var space = await TestNamespace.CreateAsync();
        await space.ShellAsync("iptables-nft -P FORWARD DROP; iptables-nft -A FORWARD -o qv-lan -j ACCEPT");
        Assert.Single(await LookAsync(space));
        Assert.Empty(await LookAsync(space, isolated: true));
    }

    [NamespaceFact]
    public async Task Without_root_it_says_what_it_could_not_see()
    {
        await using var space = await TestNamespace.CreateAsync();
        var wrapped = Executable.Write(
            Path.Combine(Directory.CreateTempSubdirectory("qvmc-doctor-").FullName, "nft"),
            "#!/bin/sh\nexec setpriv --reuid 65534 --regid 65534 --clear-groups nft \"$@\"\n");
        var filter = await HostFilter.ReadAsync(Environment.IsPrivilegedProcess ? wrapped : "nft", "/nowhere", CancellationToken.None);
        Assert.Contains("ermitted", filter.Unseen, StringComparison.Ordinal);
        Assert.Empty(filter.Chains);
        Directory.Delete(Path.GetDirectoryName(wrapped)!, recursive: true);
    }

    private static async Task AdviceHelpsAsync(string rules, string whose, string advice)
    {
        await using var space = await TestNamespace.CreateAsync();
        await space.ShellAsync(rules);
        var finding = Assert.Single(await LookAsync(space));
        Assert.Equal((Outcome.Warn, advice), (finding.Outcome, finding.Fix));
        Assert.Contains(whose, finding.Detail, StringComparison.Ordinal);

        await space.ShellAsync($"iptables() {{ iptables-nft \"$@\"; }}; {finding.Fix.Replace("sudo ", "", StringComparison.Ordinal)}");
        Assert.Empty(await LookAsync(space));
    }

    private static async Task<IReadOnlyList<Finding>> LookAsync(TestNamespace space, bool isolated = false)
    {
        var filter = await HostFilter.ReadAsync(space.Wrap("nft"), space.Wrap("iptables-legacy-save"), CancellationToken.None);
        Assert.Equal("", filter.Unseen);
        return FilterCheck.Of(filter.Chains, "lan", "qv-lan", isolated);
    }
}
