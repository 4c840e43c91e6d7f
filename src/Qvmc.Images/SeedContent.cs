using Qvmc.Protos.Instance.V1;

namespace Qvmc.Images;

/// <summary>What a guest's cloud-init is told.</summary>
/// <param name="InstanceId">The instance's uid: cloud-init does a first boot's work once per id.</param>
/// <param name="Name">The guest's host name where neither <paramref name="CloudInit"/> nor its user-data names another.</param>
/// <param name="CloudInit">What the user gave; checked before.</param>
/// <param name="Macs">Hardware addresses of the interfaces, in order.</param>
/// <param name="InstallAgent">The image lacks the guest agent: it is installed, unless the user does not want that.</param>
public sealed record SeedContent(string InstanceId, string Name, CloudInit CloudInit, IReadOnlyList<string> Macs, bool InstallAgent = false);
