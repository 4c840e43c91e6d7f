namespace Qvmc.Testing;

/// <summary>How a program in the fake guest ends.</summary>
public sealed record FakeGuestProcess
{
    /// <summary>Its exit code; null when a signal ended it.</summary>
    public int? ExitCode { get; init; } = 0;

    /// <summary>The signal that ended it.</summary>
    public int? Signal { get; init; }

    /// <summary>What it wrote to standard output.</summary>
    public byte[] Stdout { get; init; } = [];

    /// <summary>What it wrote to standard error.</summary>
    public byte[] Stderr { get; init; } = [];

    /// <summary>Whether the agent kept only the first part of the output.</summary>
    public bool Truncated { get; init; }

    /// <summary>How often its status is asked before it has ended.</summary>
    public int AsksUntilExit { get; init; } = 1;
}
