namespace Qvmc.Hosting.Endpoints;

/// <summary>How an endpoint is reached.</summary>
public enum EndpointKind
{
    /// <summary>A Unix socket.</summary>
    Unix,

    /// <summary>TCP without TLS.</summary>
    Http,

    /// <summary>TCP with TLS.</summary>
    Https,
}
