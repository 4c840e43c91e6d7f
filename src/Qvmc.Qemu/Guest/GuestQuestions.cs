using System.Net;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Guest;

/// <summary>What a guest's agent is asked again and again.</summary>
internal static class GuestQuestions
{
    /// <summary>Who the guest is, as far as it tells.</summary>
    internal static async Task<GuestInfo> WhoAsync(QgaSession agent, CancellationToken ct)
    {
        var info = new GuestInfo { AgentVersion = (await agent.GetInfoAsync(ct: ct)).Version };

        // A guest may forbid single commands; what it does tell is worth telling.
        try
        {
            info.Hostname = await agent.GetHostNameAsync(ct: ct);
            var os = await agent.GetOsInfoAsync(ct: ct);
            info.Os = os.PrettyName ?? os.Name ?? "";
            info.OsId = os.Id ?? "";
            info.OsVersion = os.VersionId ?? "";
            info.Kernel = os.KernelRelease ?? "";
        }
        catch (QgaCommandException)
        {
        }

        return info;
    }

    /// <summary>Its addresses that lead to it from elsewhere; IPv4 first.</summary>
    internal static async Task<IReadOnlyList<Address>> AddressesAsync(QgaSession agent, CancellationToken ct)
    {
        try
        {
            var interfaces = await agent.GetNetworkInterfacesAsync(ct: ct);
            return [.. interfaces
                .SelectMany(i => i.Addresses.Select(a => (Interface: i, Address: a)))
                .Where(x => IsUseful(x.Address.Address))
                .OrderBy(x => x.Address.Address.AddressFamily)
                .Select(x => new Address
                {
                    Ip = x.Address.Address.ToString(),
                    Prefix = (uint)x.Address.Prefix,
                    Interface = x.Interface.Name,
                    Mac = x.Interface.Mac ?? "",
                    Source = AddressSource.Agent,
                })];
        }
        catch (QgaCommandException)
        {
            return [];
        }
    }

    private static bool IsUseful(IPAddress ip) =>
        !IPAddress.IsLoopback(ip) && !ip.IsIPv6LinkLocal && !(ip.GetAddressBytes() is [169, 254, _, _]) && !ip.Equals(IPAddress.Any);
}
