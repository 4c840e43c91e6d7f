using System.Text;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Images;
using Qvmc.Images.Iso;
using Qvmc.Protos.Instance.V1;
using YamlDotNet.RepresentationModel;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// Seeds: the texts of the user come out of the volume byte for byte, in each of its views, alone or as a part of a MIME
/// message; name and keys come out of the meta-data as they went in.
/// </summary>
internal sealed class SeedTarget : FuzzTarget
{
    public override string Name => "seed";

    public override IReadOnlyList<string> Words => ["\n----\n", "#cloud-config\n", "mime-version: 1.0\n", "Content-Type: multipart/mixed; boundary=\"x\"\n", "\r\n", "\u2028", "\u0085", "\ufeff", "\"", "\\", "😀", "'", "ssh-ed25519 AAAA", "qvmc-", "--"];

    public override long MaxAllocated(int length) => (8L << 20) + (2000L * length);

    public override void Run(byte[] input)
    {
        var parts = Parts(input, 6);
        var spec = new CloudInit { UserData = parts[0], NetworkConfig = parts[1], Hostname = parts[2], Timezone = parts[4] };
        spec.SshKeys.AddRange(parts[3].Split('\n', StringSplitOptions.RemoveEmptyEntries));
        spec.Packages.AddRange(parts[5].Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var content = new SeedContent("uid", "name", spec, ["52:54:00:00:00:01", "52:54:00:00:00:02"], InstallAgent: input.Length % 2 == 0);

        var views = IsoReader.Views(IsoVolume.Build("cidata", SeedFiles.Of(content)));
        Assert.Equal(3, views.Count);
        Assert.Equal(["META-DATA", "NETWORK-CONFIG", "USER-DATA"], views[1].Keys.Select(name => name.ToUpperInvariant()).Order(StringComparer.Ordinal));
        Assert.Equal(views[1].Keys.Order(StringComparer.Ordinal), views[2].Keys.Order(StringComparer.Ordinal));
        foreach (var (name, bytes) in views[1])
        {
            Assert.Equal(bytes, views[2][name]);
            Assert.Equal(bytes, views[0][new IsoFile(name, []).ShortName]);
        }

        CheckMetaData(Encoding.UTF8.GetString(views[1]["meta-data"]), content);
        CheckUserData(Encoding.UTF8.GetString(views[1]["user-data"]), spec);
        if (spec.NetworkConfig.Length > 0)
        {
            Assert.Equal(spec.NetworkConfig, Encoding.UTF8.GetString(views[1]["network-config"]));
        }
    }

    private static void CheckMetaData(string text, SeedContent content)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        var root = (YamlMappingNode)yaml.Documents.Single().RootNode;
        Assert.Equal(content.InstanceId, (string)root["instance-id"]!);
        Assert.Equal(content.CloudInit.Hostname.Length > 0 ? content.CloudInit.Hostname : content.Name, (string)root["local-hostname"]!);
        if (content.CloudInit.SshKeys.Count > 0)
        {
            Assert.Equal(content.CloudInit.SshKeys.Select(key => key.Trim()), ((YamlSequenceNode)root["public-keys"]).Select(node => (string)node!));
        }
    }

    private static void CheckUserData(string text, CloudInit spec)
    {
        var user = spec.UserData;
        if (text == user || user.Length == 0)
        {
            return;
        }

        // "Content-Type: multipart/mixed; boundary=..." is the first line.
        var boundary = text.Split('"')[1];
        var parts = text.Split($"--{boundary}\n");
        Assert.EndsWith($"\n--{boundary}--\n", text, StringComparison.Ordinal);
        var first = parts[1][..^1];
        if (first == user)
        {
            return;
        }

        var body = first[(first.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];
        Assert.Contains("Content-Transfer-Encoding: base64", first, StringComparison.Ordinal);
        Assert.All(body.Split('\n'), line => Assert.InRange(line.Length, 0, 76));
        Assert.Equal(user, Encoding.UTF8.GetString(Convert.FromBase64String(body)));
    }
}
