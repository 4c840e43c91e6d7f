using Qvmc.Core.Faults;

namespace Qvmc.Images.Fetching;

/// <summary>A source did not bring what it was asked for.</summary>
/// <param name="what">What it did, as the rest of a sentence that begins with its name: <c>does not answer</c>.</param>
/// <param name="inner">The cause, for the log.</param>
internal sealed class SourceException(string what, Exception? inner = null) : Exception(what, inner)
{
    /// <summary>What kind of fault it is if no other source does better.</summary>
    internal FaultCode Code { get; init; } = FaultCode.Unavailable;

    /// <summary>Asking it again is of no use.</summary>
    internal bool Final { get; init; }

    /// <summary>Its bytes are not those of the checksum.</summary>
    internal bool Mismatch { get; init; }

    /// <summary>When it wants to be asked again.</summary>
    internal TimeSpan? RetryAfter { get; init; }
}
