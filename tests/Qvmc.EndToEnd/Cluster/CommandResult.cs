using System.Diagnostics;
using System.Text.Json;

namespace Qvmc.EndToEnd.Cluster;

/// <summary>How a run of a program ended.</summary>
public sealed record CommandResult(string Command, int ExitCode, string Output, string Errors)
{
    public JsonElement Json => JsonElement.Parse(Output);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs a program to its end.</summary>
    public static Task<CommandResult> RunAsync(string program, params string[] arguments) => RunAsync(program, arguments, Patience);

    /// <summary>Runs a program to its end, within a time.</summary>
    public static async Task<CommandResult> RunAsync(string program, string[] arguments, TimeSpan limit, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var command = $"{Path.GetFileName(program)} {string.Join(' ', arguments)}";
        try
        {
            await process.WaitForExitAsync().WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw new TimeoutException($"{command} did not end:\n{await errors}");
        }

        return new CommandResult(command, process.ExitCode, await output, await errors);
    }

    /// <summary>For lists of them in messages.</summary>
    public override string ToString() => $"{Command}: exit code {ExitCode}";

    /// <summary>Fails the test, with all that was said, unless the exit code is the expected one.</summary>
    public CommandResult Expect(int exitCode = 0)
    {
        Assert.True(ExitCode == exitCode, $"{Command}\nexit code {ExitCode}, expected {exitCode}\n--- output\n{Output}\n--- errors\n{Errors}");
        return this;
    }
}
