namespace Qvmc.Images.Tools;

/// <summary>How a program ended, and the beginning of what it wrote.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Errors)
{
    // By SIGKILL: so the kernel ends who has used up its time.
    private const int Killed = 128 + 9;

    /// <summary>What it complained of, on one line.</summary>
    internal string Complaint => (Errors.Length, ExitCode) switch
    {
        (0, Killed) => "it was killed: it took more time on processors than it may, or the host had no memory left",
        (0, _) => $"exit status {ExitCode}",
        _ => string.Join("; ", Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
    };

    /// <summary>It found no room. Messages are in English: it ran with LC_ALL=C.</summary>
    internal bool NoRoom =>
        Errors.Contains("No space left on device", StringComparison.Ordinal) || Errors.Contains("Disk quota exceeded", StringComparison.Ordinal);
}
