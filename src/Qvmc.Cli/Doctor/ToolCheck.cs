using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Qvmc.Cli.Doctor;

/// <summary>Whether a program of QEMU's is there, runs, and is new enough.</summary>
internal static partial class ToolCheck
{
    // -sandbox, -blockdev and the audited machine types of qvmc are tried from Debian 12's on.
    private static readonly Version Oldest = new(7, 0);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Runs <c>TOOL --version</c>.</summary>
    public static async Task<Finding> RunAsync(string tool, CancellationToken cancellationToken)
    {
        string output;
        try
        {
            output = await VersionAsync(tool, cancellationToken);
        }
        catch (Win32Exception)
        {
            return new Finding(tool, Outcome.Fail, "not found in PATH", PackageAdvice.Install(tool));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Finding(tool, Outcome.Fail, $"did not answer within {Limit.TotalSeconds} s", $"{tool} --version");
        }

        var match = VersionPattern().Match(output);
        if (!match.Success)
        {
            return new Finding(tool, Outcome.Fail, "does not tell its version", $"{tool} --version");
        }

        return Version.Parse(match.Groups[1].Value) < Oldest
            ? new Finding(tool, Outcome.Warn, $"version {match.Groups[1].Value} is older than {Oldest}, with which qvmc was tried", PackageAdvice.Install(tool))
            : Finding.Ok(tool, $"version {match.Groups[1].Value}");
    }

    private static async Task<string> VersionAsync(string tool, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var process = Process.Start(new ProcessStartInfo(tool, ["--version"]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        try
        {
            process.StandardInput.Close();
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return output;
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    [GeneratedRegex(@"version (\d+\.\d+(?:\.\d+)?)")]
    private static partial Regex VersionPattern();
}
