using Xunit;

namespace Qvmc.Testing.Namespaces;

/// <summary>A test that makes network namespaces; where it can't, it is left out by its name, with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NamespaceFactAttribute : FactAttribute
{
    public NamespaceFactAttribute() => Skip = TestNamespace.Obstacle;
}
