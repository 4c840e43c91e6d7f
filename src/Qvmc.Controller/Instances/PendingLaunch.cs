using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Instances;

/// <summary>A launch that is being stored.</summary>
internal sealed class PendingLaunch(InstanceRecord record, PullRecord? pull)
{
    /// <summary>What is being stored.</summary>
    public InstanceRecord Record { get; } = record;

    /// <summary>How to get its image when that is not here.</summary>
    public PullRecord? Pull { get; } = pull;

    /// <summary>Ends when it is stored, or has failed.</summary>
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
