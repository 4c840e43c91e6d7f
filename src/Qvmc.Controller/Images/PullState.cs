using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Images;

/// <summary>A pull as stored, and how far it is. With an error in the record it was given up.</summary>
/// <param name="Record">As stored.</param>
/// <param name="Revision">The store's revision of it.</param>
/// <param name="Step">What it is at.</param>
/// <param name="Done">Bytes that came.</param>
/// <param name="Total">Bytes that there are; null: not known.</param>
/// <param name="Trouble">What is in the way; empty: nothing.</param>
internal sealed record PullState(
    PullRecord Record, long Revision, PullStep Step = PullStep.Queued, long Done = 0, long? Total = null, string Trouble = "")
{
    /// <summary>It was given up.</summary>
    public bool HasFailed => Record.Error.Length > 0;
}
