namespace Qvmc.Hosting.Endpoints;

/// <summary>What an endpoint of a configuration is for.</summary>
public enum EndpointUse
{
    /// <summary>A daemon listens there.</summary>
    Listen,

    /// <summary>A daemon connects there.</summary>
    Connect,
}
