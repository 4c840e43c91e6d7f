using Grpc.Core;

namespace Qvmc.Cli.Connection;

/// <summary>How long calls may take.</summary>
internal static class Limits
{
    /// <summary>Calls that answer at once.</summary>
    public static readonly TimeSpan Quick = TimeSpan.FromSeconds(30);

    /// <summary>A deletion: ends a machine by force and removes its disk.</summary>
    public static readonly TimeSpan Deletion = TimeSpan.FromMinutes(5);

    /// <summary>Calls that tidy up behind something that failed: nobody wants to wait for them.</summary>
    public static readonly TimeSpan Farewell = TimeSpan.FromSeconds(15);

    /// <summary>An upload of the largest image over a slow line.</summary>
    public static readonly TimeSpan Upload = TimeSpan.FromHours(24);

    /// <summary>What verbs wait unless they are told otherwise; the same as the server's.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromMinutes(5);

    // The server's own limit comes first and says more; ours is for a server that has stopped answering.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(15);

    /// <summary>Options of a call that may take so long.</summary>
    public static CallOptions In(TimeSpan limit, CancellationToken cancellationToken) =>
        new(deadline: DateTime.UtcNow + limit, cancellationToken: cancellationToken);

    /// <summary>Options of a call that the server itself ends after <paramref name="timeout"/>.</summary>
    public static CallOptions Beyond(TimeSpan timeout, CancellationToken cancellationToken) => In(timeout + Margin, cancellationToken);
}
