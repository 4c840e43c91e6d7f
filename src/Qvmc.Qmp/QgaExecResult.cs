namespace Qvmc.Qmp;

/// <summary>How a program in the guest ended.</summary>
/// <param name="ExitCode">Its exit code; null when a signal ended it.</param>
/// <param name="Signal">The signal that ended it (on Windows the exception code); null when it exited.</param>
/// <param name="Stdout">What it wrote to standard output.</param>
/// <param name="Stderr">What it wrote to standard error.</param>
/// <param name="Truncated">Whether one of the two was cut: the agent keeps 16 MiB of each.</param>
public sealed record QgaExecResult(int? ExitCode, int? Signal, byte[] Stdout, byte[] Stderr, bool Truncated);
