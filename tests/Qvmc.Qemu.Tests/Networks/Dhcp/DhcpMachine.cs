using System.Globalization;
using Qvmc.Testing;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

/// <summary>A machine with real DHCP clients: BusyBox' udhcpc for IPv4, ISC's dhclient for IPv6.</summary>
internal sealed class DhcpMachine(TestNamespace space, int number, string scratch)
{
    internal TestNamespace Space => space;

    internal static async Task<DhcpMachine> CreateAsync(TestNamespace host, int number, string scratch)
    {
        Directory.CreateDirectory(scratch);
        var space = await TestNamespace.CreateAsync();
        var port = string.Create(CultureInfo.InvariantCulture, $"p{number}");
        await host.ShellAsync($"""
            ip link add {port} type veth peer name eth0 netns {space.Name}
            ip link set {port} master {DhcpHost.Bridge} up
            """);
        await space.ShellAsync($"""
            sysctl -q -w net.ipv6.conf.eth0.accept_dad=0
            ip link set eth0 address {DhcpHost.Mac(number)}
            ip link set eth0 up
            """);
        var script = Executable.Write(Path.Combine(scratch, "bound.sh"), """
            #!/bin/sh
            [ "$1" = bound ] || [ "$1" = renew ] || exit 0
            echo "ip=$ip/$mask router=$router dns=$dns domain=$domain search=$search name=$hostname mtu=$mtu lease=$lease"
            ip address replace "$ip/$mask" dev "$interface"
            """);
        await File.WriteAllTextAsync(Path.Combine(scratch, "dhclient.conf"), "request dhcp6.name-servers, dhcp6.domain-search;\n");
        return new DhcpMachine(space, number, scratch);
    }

    /// <summary>Asks for an IPv4 address, takes it, and returns what was said with it; empty: nobody answered.</summary>
    /// <param name="options">More of udhcpc's options.</param>
    internal async Task<string> AskAsync(params string[] options)
    {
        // Its exit status is no failure of the test's.
        var output = await space.ShellAsync(
            $"busybox udhcpc -i eth0 -f -q -n -t 5 -T 1 -O mtu -O search -O hostname -s {scratch}/bound.sh {string.Join(' ', options)} 2>&1 || true");
        return output.Split('\n').FirstOrDefault(l => l.StartsWith("ip=", StringComparison.Ordinal)) ?? "";
    }

    /// <summary>The address of <see cref="AskAsync"/>.</summary>
    internal async Task<string> AddressAsync(params string[] options) =>
        await AskAsync(options) is { Length: > 0 } said ? said.Split('=')[1].Split('/')[0] : "";

    /// <summary>The same for IPv6: what dhclient notes of it; empty: nobody answered with an address.</summary>
    /// <param name="client">Which client it says it is: the end of its DUID. Null: as before.</param>
    /// <param name="seconds">How long it asks.</param>
    internal async Task<string> Ask6Async(int client = 1, int seconds = 20)
    {
        var notes = Path.Combine(scratch, "leases6");
        await File.WriteAllTextAsync(notes, string.Create(CultureInfo.InvariantCulture, $"default-duid \"\\000\\003\\000\\001RT\\000\\000\\{number:000}\\{client:000}\";\n"));
        await space.ShellAsync(
            $"timeout {seconds} dhclient -6 -1 -d -cf {scratch}/dhclient.conf -lf {notes} -pf {scratch}/dhclient.pid -sf /bin/true eth0 >{scratch}/dhclient.log 2>&1 & "
            + $"pid=$!; while kill -0 $pid 2>/dev/null && ! grep -q iaaddr {notes}; do sleep 0.1; done; kill $pid 2>/dev/null || true; wait $pid || true");
        var text = await File.ReadAllTextAsync(notes);
        return text.Contains("iaaddr", StringComparison.Ordinal) ? text : "";
    }

    /// <summary>The address of <see cref="Ask6Async"/>.</summary>
    internal async Task<string> Address6Async(int client = 1, int seconds = 20) =>
        await Ask6Async(client, seconds) is { Length: > 0 } notes ? notes.Split("iaaddr ")[1].Split(' ')[0] : "";
}
