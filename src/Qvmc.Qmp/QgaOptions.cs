namespace Qvmc.Qmp;

/// <summary>How a <see cref="QgaSession"/> behaves.</summary>
public sealed record QgaOptions
{
    /// <summary>For a command that names no limit of its own, with its wait for its turn. 10 seconds.</summary>
    public TimeSpan CommandLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For a program that names no limit of its own. 1 minute.</summary>
    public TimeSpan ExecLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Longest message that is accepted, in bytes. 64 MiB: the agent keeps 16 MiB of each output of a program and
    /// sends both in base64.
    /// </summary>
    public int MaxMessageBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Deepest nesting that is accepted. 64.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Measures every limit and the pauses between questions.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
