namespace Qvmc.Controller.Tests;

/// <summary>Tests beside which no other of this process runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
