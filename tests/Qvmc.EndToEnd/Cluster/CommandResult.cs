using System.Text.Json;

namespace Qvmc.EndToEnd.Cluster;

/// <summary>How a run of the client ended.</summary>
public sealed record CommandResult(string Command, int ExitCode, string Output, string Errors)
{
    public JsonElement Json => JsonElement.Parse(Output);

    /// <summary>Fails the test, with all that was said, unless the exit code is the expected one.</summary>
    public CommandResult Expect(int exitCode = 0)
    {
        Assert.True(ExitCode == exitCode, $"{Command}\nexit code {ExitCode}, expected {exitCode}\n--- output\n{Output}\n--- errors\n{Errors}");
        return this;
    }
}
