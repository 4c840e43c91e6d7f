using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

/// <summary>A test in which the test's own process starts dnsmasq in a namespace; left out by its name where that can't be.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DhcpFactAttribute : FactAttribute
{
    public DhcpFactAttribute() => Skip = TestNamespace.Obstacle
        ?? (Environment.IsPrivilegedProcess ? null : "dnsmasq needs root, and the test's own process starts it");
}
