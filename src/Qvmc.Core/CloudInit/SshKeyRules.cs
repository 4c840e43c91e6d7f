using System.Buffers.Binary;
using System.Text;

namespace Qvmc.Core.CloudInit;

/// <summary>
/// Public keys as OpenSSH writes them into .pub files: type, base64, comment. No message repeats a key: what was
/// given may be the private one.
/// </summary>
internal static class SshKeyRules
{
    private static readonly string[] Types =
    [
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    ];

    /// <summary>Why it is refused, or null. White space around it is not part of it.</summary>
    internal static string? Refuse(string text)
    {
        var key = text.Trim();
        if (key.Length > CloudInitLimits.MaxSshKeyLength)
        {
            return $"has {key.Length} characters; at most {CloudInitLimits.MaxSshKeyLength} are possible";
        }

        if (key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            return "is a private key, which should leave nobody's hands; give the public one (the file that ends in .pub)";
        }

        if (key.StartsWith("----", StringComparison.Ordinal))
        {
            return "is in another format than OpenSSH's; convert it with ssh-keygen -i";
        }

        if (key.AsSpan().ContainsAnyInRange('\0', '\x08') || key.AsSpan().ContainsAny('\n', '\r'))
        {
            return "has more than one line; give each key as an item of its own";
        }

        var parts = key.Split([' ', '\t'], 3, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || !Types.Contains(parts[0], StringComparer.Ordinal))
        {
            return $"does not begin with a type of public keys; there are {string.Join(", ", Types)}";
        }

        return parts.Length < 2 ? $"has nothing after {parts[0]}; the key itself is missing" : RefuseBlob(parts[0], parts[1]);
    }

    private static string? RefuseBlob(string type, string base64)
    {
        var blob = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, blob, out var length))
        {
            return $"is not valid base64 after {type}; was it copied whole?";
        }

        // RFC 4253 6.6: strings, each after its length in four bytes, the first of them the type again.
        var rest = blob.AsSpan(0, length);
        for (var first = true; rest.Length > 0; first = false)
        {
            if (rest.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(rest) is var size && size > rest.Length - 4)
            {
                return $"is cut off after {type}; was it copied whole?";
            }

            var field = rest.Slice(4, (int)size);
            if (first && !field.SequenceEqual(Encoding.ASCII.GetBytes(type)))
            {
                return $"says {type} and holds a key of another type";
            }

            rest = rest[(4 + (int)size)..];
        }

        // A type alone: the shortest key has one string more.
        return length <= 4 + type.Length ? $"is cut off after {type}; was it copied whole?" : null;
    }
}
