using Qvmc.Core.Faults;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Qemu.Networks;

/// <summary>The networks that this host offers; the first is the default.</summary>
public sealed class NetworkTable
{
    private readonly IReadOnlyList<INetworkDriver> _drivers;

    /// <summary>From the configuration; none configured: one user-mode network called <c>user</c>.</summary>
    public NetworkTable(IEnumerable<NetworkSettings> settings)
    {
        INetworkDriver[] drivers = [.. settings.Select(n => n.KindCase switch
        {
            NetworkSettings.KindOneofCase.User => new UserNetworkDriver(n.Name, n.User),
            _ => throw new FaultException(FaultCode.InvalidArgument, $"network \"{n.Name}\" has no kind"),
        })];
        _drivers = drivers.Length > 0 ? drivers : [new UserNetworkDriver("user", new UserNetwork())];
    }

    /// <summary>Their names.</summary>
    public IEnumerable<string> Names => _drivers.Select(d => d.Name);

    /// <summary>The network of that name; empty: the default.</summary>
    /// <exception cref="FaultException">FAILED_PRECONDITION: there is none of that name.</exception>
    public INetworkDriver Get(string name) =>
        TryGet(name) ?? throw new FaultException(
                FaultCode.FailedPrecondition,
                $"this host has no network \"{name}\"; it has {string.Join(", ", Names.Select(n => $"\"{n}\""))}");

    /// <summary>The same, or null.</summary>
    public INetworkDriver? TryGet(string name) =>
        name.Length == 0 ? _drivers[0] : _drivers.FirstOrDefault(d => d.Name == name);
}
