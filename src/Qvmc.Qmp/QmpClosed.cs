namespace Qvmc.Qmp;

/// <summary>Why a session ended.</summary>
/// <param name="Reason">Which kind.</param>
/// <param name="Message">The same for people, as the end of a sentence.</param>
/// <param name="Cause">The error behind it, if there is one.</param>
public sealed record QmpClosed(QmpClosedReason Reason, string Message, Exception? Cause = null);
