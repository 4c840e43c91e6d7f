using System.Globalization;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd.Slow;

/// <summary>A key made for the test, and the real client to use it.</summary>
public sealed class SshKey
{
    private readonly string _path;

    private SshKey(string path) => _path = path;

    public string PublicPath => _path + ".pub";

    public static async Task<SshKey> CreateAsync(string path)
    {
        (await CommandResult.RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "of the test", "-f", path)).Expect();
        return new SshKey(path);
    }

    /// <summary>Runs a command in a guest, as a user would: by this key alone, whatever the user's own configuration says.</summary>
    public Task<CommandResult> RunAsync(string user, int port, string command) => CommandResult.RunAsync("ssh",
        "-F", "none", "-i", _path, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
        "-o", "StrictHostKeyChecking=accept-new", "-o", $"UserKnownHostsFile={_path}.hosts",
        "-o", "ConnectTimeout=120", "-p", port.ToString(CultureInfo.InvariantCulture), $"{user}@127.0.0.1", command);
}
