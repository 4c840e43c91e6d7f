using Qvmc.Core.Faults;

namespace Qvmc.Cli.Arguments;

/// <summary>Public keys given in the command line or as a file that holds them, one a line.</summary>
internal static class SshKeyText
{
    // An authorized_keys file of this size holds thousands; whoever names something larger named the wrong file.
    private const int MaxFileBytes = 1024 * 1024;

    private static readonly string[] KeyTypes = ["ssh-", "ecdsa-", "sk-"];

    /// <summary>Reads the keys that <paramref name="value"/> is or that the file of this name holds.</summary>
    /// <param name="value">A public key, or a file's path.</param>
    public static IReadOnlyList<string> Read(string value)
    {
        if (IsKey(value))
        {
            return [value.Trim()];
        }

        string text;
        try
        {
            if (new FileInfo(value).Length > MaxFileBytes)
            {
                throw Fault($"{value} is too large for a file of public keys");
            }

            text = File.ReadAllText(value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Fault($"\"{value}\" is neither a public key nor a file that can be read: {e.Message}");
        }

        if (text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw Fault($"{value} holds a private key; give the public one ({value}.pub)");
        }

        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#'))
            .ToList();
        if (lines.Count == 0 || lines.Find(line => !IsKey(line)) is not null)
        {
            throw Fault($"{value} does not hold public keys in OpenSSH's one-line format (\"ssh-ed25519 AAAA... comment\")");
        }

        return lines;
    }

    private static bool IsKey(string text) =>
        text.Contains(' ', StringComparison.Ordinal) && KeyTypes.Any(type => text.TrimStart().StartsWith(type, StringComparison.Ordinal));

    private static FaultException Fault(string message) => FaultException.Invalid([new FieldFault("--ssh-key", message)]);
}
