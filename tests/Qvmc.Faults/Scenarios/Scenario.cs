using Qvmc.Faults.Harness;

namespace Qvmc.Faults.Scenarios;

/// <summary>Something that a client wants done, and how it is known that it is done.</summary>
public abstract class Scenario(FaultCluster cluster)
{
    /// <summary>For names, which are new in each.</summary>
    private static int _number;

    protected FaultCluster Cluster { get; } = cluster;

    /// <summary>A name that nothing else has.</summary>
    protected string Name { get; } = $"n{Interlocked.Increment(ref _number)}";

    /// <summary>What must be so before, while nothing fails.</summary>
    public virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>What the client asks for. It can ask again and again until it has an answer.</summary>
    public abstract Task ActAsync();

    /// <summary>What the client does when it was told of a failure, and the cause is gone.</summary>
    public virtual Task RepeatAsync() => ActAsync();

    /// <summary>What is so when it was answered, beside what is always so.</summary>
    public abstract Task CheckAsync();

    /// <summary>Leaves things as they were found.</summary>
    public abstract Task CleanAsync();
}
