namespace Qvmc.Images.Tools;

/// <summary>How a program ended, and the beginning of what it wrote.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Errors)
{
    /// <summary>What it complained of, on one line.</summary>
    internal string Complaint =>
        Errors.Length == 0 ? $"exit status {ExitCode}" : string.Join("; ", Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>It found no room. Messages are in English: it ran with LC_ALL=C.</summary>
    internal bool NoRoom =>
        Errors.Contains("No space left on device", StringComparison.Ordinal) || Errors.Contains("Disk quota exceeded", StringComparison.Ordinal);
}
