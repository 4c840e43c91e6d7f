namespace Qvmc.Qmp;

/// <summary>How a <see cref="QmpSession"/> behaves.</summary>
public sealed record QmpOptions
{
    /// <summary>For connecting, the greeting and the negotiation together. 10 seconds.</summary>
    public TimeSpan HandshakeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For a command that names no limit of its own. 30 seconds.</summary>
    public TimeSpan CommandLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest message that is accepted, in bytes. 256 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>
    /// Deepest nesting that is accepted. 1024, as QEMU's own parser allows: query-block nests a level or two
    /// for each image of a backing chain.
    /// </summary>
    public int MaxDepth { get; init; } = 1024;

    /// <summary>
    /// How many events may wait in <see cref="QmpSession.Events"/>. One more fails the session, since losing one
    /// silently would leave its reader believing what is no longer so. 10,000.
    /// </summary>
    public int MaxBufferedEvents { get; init; } = 10_000;

    /// <summary>Longest event that is accepted, in bytes: with the above, what waiting events can take. 64 KiB.</summary>
    public int MaxEventBytes { get; init; } = 64 * 1024;

    /// <summary>
    /// How long what QEMU had already sent is still read after writing to it has failed: its last words say why it
    /// ended. 2 seconds.
    /// </summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Measures every limit.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
