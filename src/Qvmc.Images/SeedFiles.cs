using System.Text;
using Qvmc.Images.Iso;

namespace Qvmc.Images;

/// <summary>
/// The files of a NoCloud seed. The user's texts go in byte for byte; what we add goes beside them: name and keys into
/// the meta-data, the rest into parts of the user-data that cloud-init merges with the user's.
/// </summary>
internal static class SeedFiles
{
    internal static IReadOnlyList<IsoFile> Of(SeedContent content)
    {
        var files = new List<IsoFile> { File("meta-data", MetaData(content)) };
        if (NetworkConfig(content) is { } network)
        {
            files.Add(File("network-config", network));
        }

        // Must be there: without it the volume is no seed to cloud-init.
        files.Add(File("user-data", UserDataFile.Compose(content.CloudInit, content.InstallAgent)));
        return files;
    }

    internal static string MetaData(SeedContent content)
    {
        var hostname = content.CloudInit.Hostname.Length > 0 ? content.CloudInit.Hostname : content.Name;
        var text = new StringBuilder()
            .Append("instance-id: ").Append(Quote(content.InstanceId)).Append('\n')
            .Append("local-hostname: ").Append(Quote(hostname)).Append('\n');
        if (content.CloudInit.SshKeys.Count > 0)
        {
            text.Append("public-keys:\n");
            foreach (var key in content.CloudInit.SshKeys)
            {
                text.Append("- ").Append(Quote(key.Trim())).Append('\n');
            }
        }

        return text.ToString();
    }

    // Left to itself cloud-init asks for an address on one interface only, so more than one are named. Networks after
    // the first may have no DHCP server: the boot does not wait for them.
    private static string? NetworkConfig(SeedContent content)
    {
        if (content.CloudInit.NetworkConfig.Length > 0)
        {
            return content.CloudInit.NetworkConfig;
        }

        if (content.Macs.Count < 2)
        {
            return null;
        }

        var text = new StringBuilder("version: 2\nethernets:\n");
        for (var i = 0; i < content.Macs.Count; i++)
        {
            text.Append("  nic").Append(i).Append(":\n    match:\n      macaddress: ").Append(Quote(content.Macs[i])).Append("\n    dhcp4: true\n");
            if (i > 0)
            {
                text.Append("    optional: true\n");
            }
        }

        return text.ToString();
    }

    /// <summary>
    /// A double-quoted YAML scalar on one line. Always quoted: a host may be named "no" or "1e3". Not by a JSON
    /// writer: that would split characters beyond the BMP into two escapes, which YAML reads as two characters.
    /// </summary>
    internal static string Quote(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' or '\\' => text.Append('\\').Append(c),
                < ' ' or (>= '\x7f' and <= '\xa0') or '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff' => text.Append($"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        return text.Append('"').ToString();
    }

    private static IsoFile File(string name, string text) => new(name, Encoding.UTF8.GetBytes(text));
}
