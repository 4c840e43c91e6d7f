using System.Net;
using System.Text.Json;
using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Links;

/// <summary>The host's interfaces, by <c>ip</c>: changes go in batches, so that each costs one process.</summary>
internal sealed class HostLinks(string binary, TimeProvider time)
{
    private readonly NetTool _ip = new(binary, "iproute2", time);

    /// <summary>Every interface.</summary>
    /// <exception cref="FaultException"><c>ip</c> is missing or failed.</exception>
    internal Task<IReadOnlyList<HostLink>> ListAsync(CancellationToken ct) => ShowAsync(["-j", "-d", "address", "show"], ct);

    /// <summary>The interface of that name, or null.</summary>
    internal async Task<HostLink?> FindAsync(string name, CancellationToken ct)
    {
        var (exitCode, output, errors) = await _ip.TryRunAsync(["-j", "-d", "address", "show", "dev", name], "", ct);
        return exitCode == 0
            ? Parse(output).FirstOrDefault()
            : errors.Contains("does not exist", StringComparison.Ordinal)
                ? null
                : throw new FaultException(FaultCode.FailedPrecondition, $"ip failed: {errors}");
    }

    /// <summary>Every route of every table, IPv4 and IPv6, but the default ones.</summary>
    internal async Task<IReadOnlyList<HostRoute>> RoutesAsync(CancellationToken ct)
    {
        var output = await _ip.RunAsync(["-j", "route", "show", "table", "all"], "", ct);
        using var document = ParseArray(output);
        var routes = new List<HostRoute>();
        foreach (var route in document.RootElement.EnumerateArray())
        {
            if (Text(route, "type") is not "multicast" && ToNetwork(Text(route, "dst")) is { } to)
            {
                routes.Add(new HostRoute(to, Text(route, "dev")));
            }
        }

        return routes;
    }

    /// <summary>Whether there is a way out by IPv6.</summary>
    internal async Task<bool> HasDefaultRoute6Async(CancellationToken ct)
    {
        using var document = ParseArray(await _ip.RunAsync(["-6", "-j", "route", "show", "default"], "", ct));
        return document.RootElement.EnumerateArray().Any(r => Text(r, "type") is "" or "unicast");
    }

    /// <summary>Carries out commands of <c>ip</c>, a line each, up to the first that fails.</summary>
    /// <exception cref="FaultException">One failed; those before it are done.</exception>
    internal async Task ChangeAsync(IReadOnlyList<string> commands, CancellationToken ct)
    {
        var (exitCode, _, errors) = await _ip.TryRunAsync(["-batch", "-"], string.Join('\n', commands) + "\n", ct);
        if (exitCode != 0)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"the host's network can't be changed: {Explain(errors, commands)}");
        }
    }

    /// <summary>Deletes interfaces; one that is not there is not an error.</summary>
    /// <exception cref="FaultException">One could not be deleted; the others are gone.</exception>
    internal async Task DeleteAsync(IReadOnlyList<string> names, CancellationToken ct)
    {
        if (names.Count == 0)
        {
            return;
        }

        var (exitCode, _, errors) = await _ip.TryRunAsync(["-force", "-batch", "-"], string.Concat(names.Select(n => $"link delete dev {n}\n")), ct);
        var words = errors.Split('\n').Where(l => !l.StartsWith("Command failed", StringComparison.Ordinal) && !l.Contains("Cannot find device", StringComparison.Ordinal));
        if (exitCode != 0 && words.ToList() is { Count: > 0 } others)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"interfaces of the host can't be deleted: {string.Join("; ", others)}");
        }
    }

    private async Task<IReadOnlyList<HostLink>> ShowAsync(string[] arguments, CancellationToken ct) => Parse(await _ip.RunAsync(arguments, "", ct));

    // "Command failed -:3": the line is counted from 1.
    private static string Explain(string errors, IReadOnlyList<string> commands)
    {
        const string mark = "Command failed -:";
        var at = errors.LastIndexOf(mark, StringComparison.Ordinal);
        return at >= 0 && int.TryParse(errors.AsSpan(at + mark.Length).Trim(), out var line) && line >= 1 && line <= commands.Count
            ? $"ip {commands[line - 1]}: {errors[..at].Trim()}"
            : errors;
    }

    private static List<HostLink> Parse(string json)
    {
        using var document = ParseArray(json);

        // Asked for one device, older versions of ip leave an empty object for each of the others.
        return [.. document.RootElement.EnumerateArray().Where(l => Text(l, "ifname").Length > 0).Select(ToLink)];
    }

    // What there is none of is printed as nothing.
    private static JsonDocument ParseArray(string json) => JsonDocument.Parse(json.Trim() is { Length: > 0 } text ? text : "[]");

    private static HostLink ToLink(JsonElement link) => new(
        Text(link, "ifname"),
        link.TryGetProperty("linkinfo", out var info) ? Text(info, "info_kind") : "",
        Text(link, "ifalias"),
        Text(link, "master"),
        Text(link, "address"),
        link.TryGetProperty("mtu", out var mtu) ? mtu.GetUInt32() : 0,
        link.TryGetProperty("flags", out var flags) && flags.EnumerateArray().Any(f => f.GetString() == "LOWER_UP"),
        link.TryGetProperty("addr_info", out var addresses)
            ? [.. addresses.EnumerateArray().Where(a => IPAddress.TryParse(Text(a, "local"), out _))
                .Select(a => new LinkAddress(IPAddress.Parse(Text(a, "local")), a.GetProperty("prefixlen").GetInt32()))]
            : []);

    private static IPNetwork? ToNetwork(string text) => text switch
    {
        "default" or "" => null,
        _ when text.Contains('/', StringComparison.Ordinal) => IPNetwork.TryParse(text, out var network) ? network : null,
        _ => IPAddress.TryParse(text, out var host) ? new IPNetwork(host, host.GetAddressBytes().Length * 8) : null,
    };

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
