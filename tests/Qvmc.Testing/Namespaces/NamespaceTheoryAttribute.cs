using Xunit;

namespace Qvmc.Testing.Namespaces;

/// <summary>The same as <see cref="NamespaceFactAttribute"/> for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NamespaceTheoryAttribute : TheoryAttribute
{
    public NamespaceTheoryAttribute() => Skip = TestNamespace.Obstacle;
}
