using System.ComponentModel;
using System.Diagnostics;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;

namespace Qvmc.Cli.Arguments;

/// <summary>The public keys of whoever types: those in ~/.ssh, and those that the ssh-agent holds.</summary>
internal sealed class SshKeyImport(Terminal terminal)
{
    private const string Option = "--ssh-import";
    private const string AgentVariable = "SSH_AUTH_SOCK";

    // A key has at most a few KiB; whatever else ends in .pub is none.
    private const int MaxFileBytes = 64 * 1024;

    // An agent may have to ask for a token.
    private static readonly TimeSpan AgentLimit = TimeSpan.FromSeconds(10);

    /// <summary>Finds them, each once.</summary>
    /// <exception cref="FaultException">There is none; says where it was looked for.</exception>
    public async Task<IReadOnlyList<SshPublicKey>> ReadAsync(CancellationToken cancellationToken)
    {
        var (ofFiles, files) = OfFiles();
        var (ofAgent, agent) = await OfAgentAsync(cancellationToken);
        var keys = ofFiles.Concat(ofAgent).Where(key => key.IsUsable).DistinctBy(key => key.Identity).ToList();
        return keys.Count > 0 ? keys : throw FaultException.Invalid(
        [
            new FieldFault(Option, $"you have no public key: {files}, and {agent}; make one with \"ssh-keygen -t ed25519\", or give another with --ssh-key"),
        ]);
    }

    private (IReadOnlyList<SshPublicKey> Keys, string Otherwise) OfFiles()
    {
        if (terminal.Environment("HOME") is not { Length: > 0 } home)
        {
            return ([], "HOME is not set");
        }

        var directory = Path.Combine(home, ".ssh");
        var otherwise = $"no *.pub in {directory} is one";
        try
        {
            var paths = Directory.Exists(directory) ? Directory.GetFiles(directory, "*.pub").Order(StringComparer.Ordinal).ToList() : [];
            return ([.. paths.SelectMany(KeysOf)], otherwise);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ([], $"{directory} can't be read ({e.Message})");
        }
    }

    private static IEnumerable<SshPublicKey> KeysOf(string path) =>
        new FileInfo(path).Length > MaxFileBytes ? [] : Lines(File.ReadAllText(path), $"~/.ssh/{Path.GetFileName(path)}");

    private static IReadOnlyList<SshPublicKey> Lines(string text, string source) =>
        [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line => new SshPublicKey(line, source))];

    private async Task<(IReadOnlyList<SshPublicKey> Keys, string Otherwise)> OfAgentAsync(CancellationToken cancellationToken)
    {
        if (terminal.Environment(AgentVariable) is not { Length: > 0 } socket)
        {
            return ([], $"{AgentVariable} names no ssh-agent");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AgentLimit);
        try
        {
            var (exitCode, output) = await ListAsync(socket, limit.Token);

            // 1 when it holds none, and then the output is no key but says so.
            return (exitCode == 0 ? Lines(output, "ssh-agent") : [], exitCode == 1 ? "your ssh-agent holds none" : "your ssh-agent can't be reached");
        }
        catch (Win32Exception)
        {
            return ([], "there is no ssh-add to ask your ssh-agent with");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ([], $"your ssh-agent did not answer within {AgentLimit.TotalSeconds} s");
        }
    }

    private static async Task<(int ExitCode, string Output)> ListAsync(string socket, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("ssh-add", ["-L"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[AgentVariable] = socket;
        using var process = Process.Start(start)!;
        try
        {
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await errors;
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, output);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}
