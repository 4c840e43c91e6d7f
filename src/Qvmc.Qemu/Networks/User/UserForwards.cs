using System.Globalization;
using System.Text.RegularExpressions;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Networks.User;

/// <summary>
/// The port forwards of one user-mode interface of a QEMU that runs. QEMU takes changes of them only through its monitor
/// for people, which answers in words: what they came to is seen by asking what there is.
/// </summary>
/// <param name="netdev">Id of the interface's backend.</param>
/// <param name="ask">Gives that monitor a command.</param>
internal sealed partial class UserForwards(string netdev, Func<string, Task<string>> ask)
{
    /// <summary>Those that there are.</summary>
    internal async Task<IReadOnlyList<PortForward>> ListAsync() => Parse(await ask("info usernet"), netdev);

    /// <summary>Changes them.</summary>
    /// <param name="has">Those that there are.</param>
    /// <param name="wants">Those that shall be.</param>
    /// <exception cref="FaultException">QEMU could not listen on a port; those before are as they were.</exception>
    internal async Task SetAsync(IReadOnlyList<PortForward> has, IReadOnlyList<PortForward> wants)
    {
        var gone = has.Where(h => !wants.Any(w => IsSame(h, w))).ToList();
        var added = wants.Where(w => !has.Any(h => IsSame(h, w))).ToList();
        foreach (var forward in gone)
        {
            await ask($"hostfwd_remove {netdev} {Endpoint(forward)}");
        }

        foreach (var forward in added)
        {
            await ask(Adding(forward));
        }

        var now = await ListAsync();
        if (now.Count == wants.Count && wants.All(w => now.Any(n => IsSame(n, w))))
        {
            return;
        }

        foreach (var forward in added.Where(a => now.Any(n => IsSame(n, a))))
        {
            await ask($"hostfwd_remove {netdev} {Endpoint(forward)}");
        }

        foreach (var forward in gone)
        {
            await ask(Adding(forward));
        }

        var failed = added.Where(a => !now.Any(n => IsSame(n, a))).Select(ForwardRules.Describe);
        throw new FaultException(FaultCode.FailedPrecondition, $"QEMU could not set them: {string.Join(", ", failed)}; another program may just have taken a port");
    }

    /// <summary>The host's side as QEMU writes it: <c>tcp:127.0.0.1:8080</c>.</summary>
    internal static string Endpoint(PortForward f) => string.Create(
        CultureInfo.InvariantCulture, $"{(HostPort.IsUdp(f) ? "udp" : "tcp")}:{HostPort.AddressOf(f)}:{f.HostPort}");

    /// <summary>Those of a backend in the answer to "info usernet".</summary>
    internal static IReadOnlyList<PortForward> Parse(string words, string netdev)
    {
        List<PortForward> forwards = [];
        var ours = false;
        foreach (var line in words.Split('\n'))
        {
            if (Heading().Match(line) is { Success: true } heading)
            {
                ours = heading.Groups[1].Value == netdev;
            }
            else if (ours && Forward().Match(line) is { Success: true } forward)
            {
                forwards.Add(new PortForward
                {
                    Protocol = forward.Groups[1].Value == "UDP" ? Protocol.Udp : Protocol.Tcp,
                    HostAddress = forward.Groups[2].Value is "*" ? "0.0.0.0" : forward.Groups[2].Value,
                    HostPort = uint.Parse(forward.Groups[3].Value, CultureInfo.InvariantCulture),
                    GuestPort = uint.Parse(forward.Groups[4].Value, CultureInfo.InvariantCulture),
                });
            }
        }

        return forwards;
    }

    private string Adding(PortForward f) => $"hostfwd_add {netdev} {Endpoint(f)}-:{f.GuestPort}";

    private static bool IsSame(PortForward a, PortForward b) => Endpoint(a) == Endpoint(b) && a.GuestPort == b.GuestPort;

    // Of libslirp: protocol and state, descriptor, source address and port, destination address and port.
    [GeneratedRegex(@"^Hub -?\d+ \((.+)\):")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\s*(TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)\s")]
    private static partial Regex Forward();
}
