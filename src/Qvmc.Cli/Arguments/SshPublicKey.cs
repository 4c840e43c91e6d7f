using System.Security.Cryptography;
using Qvmc.Core.CloudInit;
using Spec = Qvmc.Protos.Instance.V1.CloudInit;

namespace Qvmc.Cli.Arguments;

/// <summary>A public key that was found somewhere.</summary>
/// <param name="Text">In OpenSSH's one-line format.</param>
/// <param name="Source">Where it was found.</param>
internal sealed record SshPublicKey(string Text, string Source)
{
    /// <summary>Type and key without the comment: the same in two places is the same key.</summary>
    public string Identity => string.Join(' ', Parts.Take(2));

    /// <summary>Whether a guest can be given it. Certificates, for one, end in .pub too.</summary>
    public bool IsUsable => CloudConfig.Check(new Spec { SshKeys = { Text } }).Count == 0;

    private string[] Parts => Text.Split([' ', '\t'], 3, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>As ssh-keygen -l shows it: type, fingerprint, comment; and where it comes from.</summary>
    public string Describe()
    {
        var fingerprint = Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(Parts[1]))).TrimEnd('=');
        var comment = Parts.Length > 2 ? $" {Parts[2]}" : "";
        return $"{Parts[0]} SHA256:{fingerprint}{comment} ({Source})";
    }
}
