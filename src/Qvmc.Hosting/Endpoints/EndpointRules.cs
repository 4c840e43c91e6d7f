using Qvmc.Core.Faults;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Endpoints;

/// <summary>
/// What must hold of an endpoint in a configuration: who can reach a daemon must be this host's own users, by a
/// Unix socket or the loopback address, or show a certificate.
/// </summary>
public static class EndpointRules
{
    /// <summary>Checks an endpoint that must be there.</summary>
    /// <param name="endpoint">The endpoint, or null.</param>
    /// <param name="field">Its field: <c>listen</c>.</param>
    /// <param name="use">Whether we listen or connect there.</param>
    public static IReadOnlyList<FieldFault> Check(Endpoint? endpoint, string field, EndpointUse use = EndpointUse.Listen)
    {
        if (endpoint is null || endpoint.Address.Length == 0)
        {
            return [new FieldFault(endpoint is null ? field : $"{field}.address", "is required")];
        }
        if (!EndpointAddress.TryParse(endpoint.Address, out var address, out var fault))
        {
            return [new FieldFault($"{field}.address", fault)];
        }
        var faults = new List<FieldFault>();
        if (address.Kind == EndpointKind.Http && !address.IsLocal)
        {
            faults.Add(new FieldFault($"{field}.address", $"is reachable from other hosts without TLS; use https://{address.Host}:{address.Port} with tls.client_ca, a loopback address or a Unix socket"));
        }
        if (address.Port == 0 && address.Kind != EndpointKind.Unix && use == EndpointUse.Connect)
        {
            faults.Add(new FieldFault($"{field}.address", "wants a port from 1 to 65535; got 0"));
        }
        CheckTls(endpoint.Tls, address, field, use, faults);
        CheckSocket(endpoint, address, field, use, faults);
        return faults;
    }

    private static void CheckTls(Tls? tls, EndpointAddress address, string field, EndpointUse use, List<FieldFault> faults)
    {
        if (address.Kind != EndpointKind.Https)
        {
            if (tls is not null)
            {
                faults.Add(new FieldFault($"{field}.tls", $"is for https only; the address is {address}"));
            }
            return;
        }
        var listens = use == EndpointUse.Listen;
        if (listens && (tls is null || tls.Certificate.Length == 0))
        {
            faults.Add(new FieldFault($"{field}.tls.certificate", "is required to listen with https"));
        }
        if (listens ? tls is null || tls.PrivateKey.Length == 0 : tls is not null && tls.PrivateKey.Length == 0 != (tls.Certificate.Length == 0))
        {
            faults.Add(new FieldFault($"{field}.tls.private_key", listens ? "is required to listen with https" : "and certificate are needed both, or neither"));
        }
        if (listens && !address.IsLocal && (tls is null || tls.ClientCa.Length == 0))
        {
            faults.Add(new FieldFault($"{field}.tls.client_ca", $"is required, because {address} can be reached from other hosts"));
        }
    }

    private static void CheckSocket(Endpoint endpoint, EndpointAddress address, string field, EndpointUse use, List<FieldFault> faults)
    {
        var owned = address.Kind == EndpointKind.Unix && use == EndpointUse.Listen;
        if (endpoint.SocketMode.Length > 0 && !owned)
        {
            faults.Add(new FieldFault($"{field}.socket_mode", "is for a Unix socket that is listened on"));
        }
        else if (endpoint.SocketMode.Length > 0 && !TryParseMode(endpoint.SocketMode, out _))
        {
            faults.Add(new FieldFault($"{field}.socket_mode", $"wants permissions in octal, \"0600\", \"0660\" or \"0666\" and the like; got \"{endpoint.SocketMode}\""));
        }
        if (endpoint.SocketGroup.Length > 0 && !owned)
        {
            faults.Add(new FieldFault($"{field}.socket_group", "is for a Unix socket that is listened on"));
        }
    }

    /// <summary>Reads permissions in octal: 0600 to 0777 with the owner's read and write set.</summary>
    internal static bool TryParseMode(string text, out UnixFileMode mode)
    {
        mode = default;
        if (text.Length is < 3 or > 4 || text.Any(c => c is < '0' or > '7'))
        {
            return false;
        }
        mode = (UnixFileMode)Convert.ToInt32(text, 8);
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return (mode & owner) == owner && (int)mode <= Convert.ToInt32("777", 8);
    }
}
