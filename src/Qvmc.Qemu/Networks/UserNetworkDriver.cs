using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Qemu.Networks;

/// <summary>
/// User-mode networking: QEMU itself plays router, DHCP and DNS server for each guest alone. Needs no privileges;
/// nothing gets in but by port forwards, which QEMU holds as sockets of its own.
/// </summary>
public sealed class UserNetworkDriver(string name, UserNetwork settings) : INetworkDriver
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public IReadOnlyList<FieldFault> Check(NicRequest request) =>
        [.. request.Forwards.Select((f, i) => (f, i)).Where(x => Obstacle(x.f) is not null)
            .Select(x => new FieldFault($"spec.forwards[{x.i}]", Obstacle(x.f)!))];

    /// <inheritdoc/>
    public Task<INicAttachment> AttachAsync(NicRequest request, CancellationToken ct)
    {
        var faults = Check(request);
        if (faults.Count > 0)
        {
            throw new FaultException(FaultCode.FailedPrecondition, string.Join("; ", faults.Select(f => f.Message)), faults);
        }

        var netdev = new JsonObject { ["type"] = "user", ["id"] = $"net{request.Index}" };
        if (settings.Subnet.Length > 0)
        {
            netdev["net"] = settings.Subnet;
        }

        if (settings.Isolated)
        {
            netdev["restrict"] = true;
        }

        if (request.Forwards.Count > 0)
        {
            // qapi/net.json: hostfwd is a list of String, which on the wire is an object with "str".
            netdev["hostfwd"] = new JsonArray([.. request.Forwards.Select(f => (JsonNode)new JsonObject { ["str"] = Rule(f) })]);
        }

        return Task.FromResult<INicAttachment>(new Attachment(netdev));
    }

    /// <inheritdoc/>
    public Task ReleaseAsync(NicRequest request, CancellationToken ct) => Task.CompletedTask;

    private static string Rule(PortForward f) => string.Create(
        CultureInfo.InvariantCulture, $"{(IsUdp(f) ? "udp" : "tcp")}:{HostAddress(f)}:{f.HostPort}-:{f.GuestPort}");

    private static bool IsUdp(PortForward f) => f.Protocol == Protocol.Udp;

    private static string HostAddress(PortForward f) => f.HostAddress.Length > 0 ? f.HostAddress : "127.0.0.1";

    // QEMU would only say "Could not set up host forwarding rule". Between this look and QEMU's own bind somebody may
    // still take the port: then the start fails with QEMU's words.
    private static string? Obstacle(PortForward f)
    {
        if (!IPAddress.TryParse(HostAddress(f), out var address) || address.AddressFamily != AddressFamily.InterNetwork)
        {
            return $"\"{f.HostAddress}\" is not an IPv4 address, and user-mode networks forward no other";
        }

        var what = string.Create(CultureInfo.InvariantCulture, $"{(IsUdp(f) ? "UDP" : "TCP")} port {f.HostPort} of {address}");
        try
        {
            using var socket = IsUdp(f)
                ? new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
                : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, !IsUdp(f));
            socket.Bind(new IPEndPoint(address, (int)f.HostPort));
            if (!IsUdp(f))
            {
                socket.Listen(1);
            }

            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"{what} is taken by another program: choose another host_port, or end that program",
                SocketError.AccessDenied => $"{what} may not be listened on without privileges: choose one from 1024 up",
                SocketError.AddressNotAvailable => $"this host has no address {address}",
                _ => $"{what} can't be listened on: {e.Message}",
            };
        }
    }

    private sealed class Attachment(JsonObject netdev) : INicAttachment
    {
        public JsonObject Netdev => netdev;

        public Task DetachAsync() => Task.CompletedTask;
    }
}
