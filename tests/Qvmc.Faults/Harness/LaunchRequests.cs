using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Faults.Harness;

/// <summary>Launches of machines that need no guest: their firmware finds nothing to boot and waits.</summary>
public static class LaunchRequests
{
    public static LaunchRequest Of(string name, string image, PowerState power = PowerState.Running) => new()
    {
        Name = name,
        RequestId = $"launch-{name}",
        Spec = new InstanceSpec { Image = image, Cpus = 1, MemoryMib = 32, DiskMib = 4, Power = power },
    };
}
