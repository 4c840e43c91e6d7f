using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Qvmc.Qmp;

public sealed partial class QgaSession
{
    /// <summary>Completes when an agent has answered. Fails like <see cref="ExecuteAsync"/>.</summary>
    public Task PingAsync(TimeSpan? limit = null, CancellationToken ct = default) => ExecuteAsync("guest-ping", null, limit, ct);

    /// <summary>Asks for the agent's version and commands. Fails like <see cref="ExecuteAsync"/>.</summary>
    public async Task<QgaInfo> GetInfoAsync(TimeSpan? limit = null, CancellationToken ct = default)
    {
        var info = await QueryAsync("guest-info", limit, ct).ConfigureAwait(false);
        return new QgaInfo(
            info.Text("version"),
            info.OptionalItems("supported_commands").Where(c => c.Flag("enabled")).Select(c => c.Text("name")).ToHashSet());
    }

    /// <summary>Asks for the guest's operating system. Fails like <see cref="ExecuteAsync"/>.</summary>
    public async Task<QgaOsInfo> GetOsInfoAsync(TimeSpan? limit = null, CancellationToken ct = default)
    {
        var os = await QueryAsync("guest-get-osinfo", limit, ct).ConfigureAwait(false);
        return new QgaOsInfo(
            os.OptionalText("id"), os.OptionalText("name"), os.OptionalText("pretty-name"), os.OptionalText("version"),
            os.OptionalText("version-id"), os.OptionalText("kernel-release"), os.OptionalText("kernel-version"), os.OptionalText("machine"));
    }

    /// <summary>Asks for the guest's host name. Fails like <see cref="ExecuteAsync"/>.</summary>
    public async Task<string> GetHostNameAsync(TimeSpan? limit = null, CancellationToken ct = default) =>
        (await QueryAsync("guest-get-host-name", limit, ct).ConfigureAwait(false)).Text("host-name");

    /// <summary>Asks for the guest's interfaces and addresses. Fails like <see cref="ExecuteAsync"/>.</summary>
    public async Task<IReadOnlyList<QgaNetworkInterface>> GetNetworkInterfacesAsync(TimeSpan? limit = null, CancellationToken ct = default)
    {
        var interfaces = await QueryAsync("guest-network-get-interfaces", limit, ct).ConfigureAwait(false);
        return [.. interfaces.Items().Select(i =>
            new QgaNetworkInterface(i.Text("name"), Mac(i), [.. i.OptionalItems("ip-addresses").Select(Address)]))];
    }

    /// <summary>Sets the guest's clock. Fails like <see cref="ExecuteAsync"/>.</summary>
    public Task SetTimeAsync(DateTimeOffset time, TimeSpan? limit = null, CancellationToken ct = default)
    {
        var nanoseconds = checked((time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);
        return ExecuteAsync("guest-set-time", new JsonObject { ["time"] = nanoseconds }, limit, ct);
    }

    private async Task<QgaReply> QueryAsync(string command, TimeSpan? limit, CancellationToken ct) =>
        new(command, await ExecuteAsync(command, null, limit, ct).ConfigureAwait(false));

    private static string? Mac(QgaReply reply)
    {
        var mac = reply.OptionalText("hardware-address")?.ToLowerInvariant();
        return mac is null || MacPattern().IsMatch(mac) ? mac : throw reply.Fault("hardware-address is no MAC address");
    }

    private static QgaAddress Address(QgaReply reply)
    {
        var (family, bits) = reply.Text("ip-address-type") switch
        {
            "ipv4" => (AddressFamily.InterNetwork, 32),
            "ipv6" => (AddressFamily.InterNetworkV6, 128),
            _ => throw reply.Fault("ip-address-type is neither ipv4 nor ipv6"),
        };
        var text = reply.Text("ip-address");
        if (!IPAddress.TryParse(text, out var address) || address.AddressFamily != family
            // Which takes "10" for 0.0.0.10 too.
            || (family == AddressFamily.InterNetwork && address.ToString() != text))
        {
            throw reply.Fault("ip-address is no address of its type");
        }
        return new QgaAddress(address, (int)reply.Integer("prefix", 0, bits));
    }

    [GeneratedRegex(@"^([0-9a-f]{2}:){5}[0-9a-f]{2}\z")]
    private static partial Regex MacPattern();
}
