using Qvmc.Protos.Instance.V1;

namespace Qvmc.Images;

/// <summary>What a guest's cloud-init is told.</summary>
/// <param name="InstanceId">The instance's uid: cloud-init does a first boot's work once per id.</param>
/// <param name="Hostname">The guest's host name, unless the user-data names another.</param>
/// <param name="CloudInit">What the user gave; checked before.</param>
/// <param name="Macs">Hardware addresses of the interfaces, in order.</param>
public sealed record SeedContent(string InstanceId, string Hostname, CloudInit CloudInit, IReadOnlyList<string> Macs);
