namespace Qvmc.Hosting.Daemons;

/// <summary>A service whose methods are mapped one by one: its own type has those that are generated, too.</summary>
internal sealed class Served<TService>(TService service)
{
    public TService Service { get; } = service;
}
