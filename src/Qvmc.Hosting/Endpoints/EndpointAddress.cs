using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using Qvmc.Core.Faults;

namespace Qvmc.Hosting.Endpoints;

/// <summary>Where a daemon listens: <c>unix:///path</c>, <c>http://host:port</c> or <c>https://host:port</c>.</summary>
public sealed record EndpointAddress
{
    // sun_path of sockaddr_un, less the NUL at its end.
    private static readonly int MaxSocketPath = OperatingSystem.IsLinux() ? 107 : 103;

    private EndpointAddress(EndpointKind kind, string path, string host, int port)
    {
        Kind = kind;
        Path = path;
        Host = host;
        Port = port;
    }

    /// <summary>How it is reached.</summary>
    public EndpointKind Kind { get; }

    /// <summary>Absolute path of a Unix socket; else empty.</summary>
    public string Path { get; }

    /// <summary>Name or address of a TCP host, without brackets; else empty.</summary>
    public string Host { get; }

    /// <summary>TCP port; 0: any that is free, for listening only.</summary>
    public int Port { get; }

    /// <summary>Whether only this host can reach it.</summary>
    public bool IsLocal => Kind == EndpointKind.Unix || Host == "localhost" || (IPAddress.TryParse(Host, out var ip) && IPAddress.IsLoopback(ip));

    /// <summary>Reads an address.</summary>
    /// <exception cref="FaultException">INVALID_ARGUMENT: it is not one.</exception>
    public static EndpointAddress Parse(string text) =>
        TryParse(text, out var address, out var fault) ? address : throw new FaultException(FaultCode.InvalidArgument, $"address \"{text}\" {fault}");

    /// <summary>Reads an address.</summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The address.</param>
    /// <param name="fault">Else: what is wrong with it, as a sentence without its subject.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out EndpointAddress? address, [NotNullWhen(false)] out string? fault)
    {
        (address, fault) = text.StartsWith("unix:", StringComparison.Ordinal) ? ParseUnix(text) : ParseTcp(text);
        return address is not null;
    }

    /// <summary>The same address with the port that was really taken.</summary>
    public EndpointAddress WithPort(int port) => new(Kind, Path, Host, port);

    /// <summary>As the configuration writes it.</summary>
    public override string ToString() => Kind switch
    {
        EndpointKind.Unix => $"unix://{Path}",
        EndpointKind.Http => $"http://{HostPort}",
        EndpointKind.Https => $"https://{HostPort}",
    };

    private string HostPort => string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    private static (EndpointAddress?, string?) ParseUnix(string text)
    {
        const string prefix = "unix://";
        if (!text.StartsWith(prefix + "/", StringComparison.Ordinal))
        {
            return (null, $"wants an absolute path after unix://, such as unix:///run/qvmc/controller.sock; got \"{text}\"");
        }
        var path = text[prefix.Length..];
        var bytes = Encoding.UTF8.GetByteCount(path);
        return path.EndsWith('/') ? (null, $"wants the path of a socket, not of a directory; got \"{text}\"")
            : path.Contains('\0', StringComparison.Ordinal) ? (null, "has a NUL in its path")
            : bytes > MaxSocketPath ? (null, $"has a path of {bytes} bytes; a socket's path has at most {MaxSocketPath}")
            : (new EndpointAddress(EndpointKind.Unix, path, "", 0), null);
    }

    private static (EndpointAddress?, string?) ParseTcp(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
        {
            return (null, $"wants unix:///path, http://host:port or https://host:port; got \"{text}\"");
        }
        if (uri.PathAndQuery != "/" || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
        {
            return (null, $"wants nothing but host and port after {uri.Scheme}://; got \"{text}\"");
        }
        // Uri fills in 80 and 443; a port that nobody wrote is more likely forgotten than meant.
        var authority = text[(text.IndexOf("//", StringComparison.Ordinal) + 2)..].TrimEnd('/');
        return authority.EndsWith(string.Create(CultureInfo.InvariantCulture, $":{uri.Port}"), StringComparison.Ordinal)
            ? (new EndpointAddress(uri.Scheme == "http" ? EndpointKind.Http : EndpointKind.Https, "", uri.IdnHost.Trim('[', ']'), uri.Port), null)
            : (null, $"wants a port, such as {uri.Scheme}://{uri.Host}:7080; got \"{text}\"");
    }
}
