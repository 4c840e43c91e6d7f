using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Qvmc.Cli.Doctor.Networks;

/// <summary>Reads the rules of this host's packet filter, as far as this user may.</summary>
/// <param name="Chains">Those that could be read, without ours.</param>
/// <param name="Unseen">What could not be, and why; empty: all was seen.</param>
internal sealed record HostFilter(IReadOnlyList<FilterChain> Chains, string Unseen)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Reads them.</summary>
    public static Task<HostFilter> ReadAsync(CancellationToken cancellationToken) => ReadAsync(ToolCheck.Find("nft"), ToolCheck.Find("iptables-legacy-save"), cancellationToken);

    /// <summary>The same by programs of one's choice.</summary>
    internal static async Task<HostFilter> ReadAsync(string nft, string legacy, CancellationToken cancellationToken)
    {
        List<FilterChain> chains = [];
        List<string> unseen = [];
        var (output, trouble) = await RunAsync(nft, ["-j", "list", "ruleset"], cancellationToken);
        try
        {
            chains.AddRange(trouble.Length == 0 ? NftRuleset.Parse(output) : []);
        }
        catch (JsonException e)
        {
            trouble = $"nft printed what is no JSON: {e.Message}";
        }

        if (trouble.Length > 0)
        {
            unseen.Add(trouble);
        }

        // Where there is no such program there are no such rules: nothing else makes them. Asked for a table by its name
        // it would make one; so it is asked for those there are.
        if (File.Exists(legacy))
        {
            (output, trouble) = await RunAsync(legacy, [], cancellationToken);
            chains.AddRange(LegacyRuleset.Parse(output));
            if (trouble.Length > 0)
            {
                unseen.Add(trouble);
            }
        }

        return new HostFilter(chains, string.Join("; ", unseen));
    }

    private static async Task<(string Output, string Trouble)> RunAsync(string tool, string[] arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? (output, "") : ("", $"{Path.GetFileName(tool)}: {(await errors).Trim().Split('\n')[0]}");
        }
        catch (Win32Exception e)
        {
            return ("", $"{Path.GetFileName(tool)}: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process?.Kill();
            return ("", $"{Path.GetFileName(tool)} did not answer within {Limit.TotalSeconds} s");
        }
        finally
        {
            process?.Dispose();
        }
    }
}
