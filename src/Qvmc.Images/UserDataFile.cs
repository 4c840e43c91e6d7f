using System.Security.Cryptography;
using System.Text;
using Qvmc.Core.CloudInit;
using Spec = Qvmc.Protos.Instance.V1.CloudInit;

namespace Qvmc.Images;

/// <summary>
/// The user-data as the guest finds it. The user's own reaches it byte for byte: alone when there is nothing to add,
/// otherwise as the first part of a MIME message.
/// </summary>
internal static class UserDataFile
{
    // Must be there: without user-data the volume is no seed to cloud-init.
    private const string Nothing = "#cloud-config\n{}\n";

    // Scripts run in the order of their names: before the user's, which may take long or restart the guest.
    private const string AgentScriptName = "00-qvmc-guest-agent";

    // RFC 2045, 6.8.
    private const int Base64LineLength = 76;

    /// <summary>Makes it. The same input makes the same text.</summary>
    internal static string Compose(Spec cloudInit, bool installAgent)
    {
        var user = cloudInit.UserData;
        var installs = installAgent && !cloudInit.WithoutAgent;
        if (AdditionalConfig.CloudConfig(cloudInit, installs) is not { } config)
        {
            return user.Length > 0 ? user : Nothing;
        }

        if (user.Length == 0 && !installs)
        {
            return config;
        }

        var parts = new List<string>();
        if (user.Length > 0)
        {
            parts.Add(UserPart(user));
        }

        parts.Add(Part("text/cloud-config", "qvmc.yaml", config));
        if (installs)
        {
            parts.Add(Part("text/x-shellscript", AgentScriptName, AdditionalConfig.StartAgent));
        }

        return Message(parts);
    }

    // A message is a part as it stands, headers and all. Everything else is encoded, so that neither its line ends nor
    // its characters are touched on the way, and has the type by which cloud-init looks at the beginning, as it does of
    // user-data that comes alone.
    private static string UserPart(string user) => CloudConfig.IsMime(user)
        ? user
        : $"""
           Content-Type: text/plain; charset="utf-8"
           Content-Transfer-Encoding: base64

           {Base64(user)}
           """;

    // Our own texts are ASCII in short lines.
    private static string Part(string type, string fileName, string text) =>
        $"""
         Content-Type: {type}; charset="utf-8"
         Content-Disposition: attachment; filename="{fileName}"

         {text}
         """;

    private static string Message(IReadOnlyList<string> parts)
    {
        var boundary = Boundary(parts);
        var message = new StringBuilder($"Content-Type: multipart/mixed; boundary=\"{boundary}\"\nMIME-Version: 1.0\n\n");
        foreach (var part in parts)
        {
            // The line feed before a boundary belongs to it (RFC 2046, 5.1.1).
            message.Append("--").Append(boundary).Append('\n').Append(part).Append('\n');
        }

        return message.Append("--").Append(boundary).Append("--\n").ToString();
    }

    private static string Boundary(IReadOnlyList<string> parts)
    {
        var text = string.Concat(parts);
        var seed = text;
        while (true)
        {
            var boundary = "qvmc-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(seed)).AsSpan(0, 16));
            if (!text.Contains(boundary, StringComparison.Ordinal))
            {
                return boundary;
            }

            seed += boundary;
        }
    }

    private static string Base64(string text) =>
        string.Join('\n', Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).Chunk(Base64LineLength).Select(line => new string(line)));
}
