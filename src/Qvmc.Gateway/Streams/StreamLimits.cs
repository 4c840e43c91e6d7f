namespace Qvmc.Gateway.Streams;

/// <summary>The times of a stream.</summary>
/// <param name="Heartbeat">So often a silent stream of server-sent events says that it lives.</param>
/// <param name="Write">So long a client may take to read what there is; then it is cut off and can resume.</param>
/// <param name="Download">So long a client may take nothing of a file; then it is cut off.</param>
/// <param name="FirstAnswer">So long a refusal may take and still be answered with a status of its own.</param>
/// <param name="Stopping">The gateway stops: streams end.</param>
internal sealed record StreamLimits(TimeSpan Heartbeat, TimeSpan Write, TimeSpan Download, TimeSpan FirstAnswer, CancellationToken Stopping);
