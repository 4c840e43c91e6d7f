using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Qvmc.Cli.Doctor;

/// <summary>Whether a program that qvmc runs is there, runs itself, and is new enough.</summary>
internal static partial class ToolCheck
{
    // -sandbox, -blockdev and the audited machine types of qvmc are tried from Debian 12's on. With HVF on Apple silicon
    // QEMU has the interrupt controller that guests are given from 8.0 on.
    private static readonly Version Oldest = OperatingSystem.IsMacOS() ? new(8, 0) : new(7, 0);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Runs <c>TOOL --version</c> of a program of QEMU's.</summary>
    public static Task<Finding> RunAsync(string tool, CancellationToken cancellationToken) => RunAsync(tool, Oldest, new Finding(tool, Outcome.Fail, "not found in PATH"), cancellationToken);

    /// <summary>The program that confines those that read images.</summary>
    public static Task<Finding> ConfinementAsync(CancellationToken cancellationToken) => RunAsync(
        "setpriv", null, new Finding("setpriv", Outcome.Fail, "not found in PATH; without it no image is taken in and no disk is made"), cancellationToken);

    /// <summary>A program that decompresses images; without it the others still work.</summary>
    public static Task<Finding> DecompressorAsync(string tool, CancellationToken cancellationToken) => RunAsync(
        tool, null, new Finding(tool, Outcome.Warn, $"not found in PATH; images that are compressed by {tool} can't be taken in"), cancellationToken);

    /// <summary>A program that bridge networks are made with; it may lie where only root looks.</summary>
    public static async Task<Finding> NetworkAsync(string tool, CancellationToken cancellationToken)
    {
        var path = Find(tool);
        var finding = await RunAsync(
            path, null, new Finding(path, Outcome.Fail, "not found; without it there are no bridge networks"), cancellationToken, tool == "ip" ? "-V" : "--version");
        return finding with { Check = tool, Fix = finding.Outcome == Outcome.Fail ? PackageAdvice.Install(tool) : finding.Fix };
    }

    /// <summary>Its path, or the name itself where there is none.</summary>
    public static string Find(string tool) => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin:/usr/local/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, tool)).FirstOrDefault(File.Exists) ?? tool;

    private static async Task<Finding> RunAsync(string tool, Version? oldest, Finding missing, CancellationToken cancellationToken, string option = "--version")
    {
        string output;
        try
        {
            output = await VersionAsync(tool, option, cancellationToken);
        }
        catch (Win32Exception)
        {
            return missing with { Fix = PackageAdvice.Install(tool) };
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

        return Version.Parse(match.Groups[1].Value) < oldest
            ? new Finding(tool, Outcome.Warn, $"version {match.Groups[1].Value} is older than {oldest}, with which qvmc was tried", PackageAdvice.Install(tool))
            : Finding.Ok(tool, $"version {match.Groups[1].Value}");
    }

    private static async Task<string> VersionAsync(string tool, string option, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var process = Process.Start(new ProcessStartInfo(tool, [option]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
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

    [GeneratedRegex(@"(\d+\.\d+(?:\.\d+)?)")]
    private static partial Regex VersionPattern();
}
