using System.Text;
using CsCheck;
using Qvmc.Protos.Instance.V1;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Qvmc.Images.Tests;

public sealed class SeedVolumeTests : IDisposable
{
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtT0Q0Ih1zqQ3XkCVrJ6QJj3cKJBMqy1Wq1CqQ4T1bU me@\"home\"";
    private readonly TestDirectory _directory = new();

    private string Seed => _directory.File("seed.iso");

    [Fact]
    public async Task Users_texts_go_in_byte_for_byte()
    {
        var user = "#cloud-config\r\n# ünï 🦊\nruncmd: [ 'a' ]   \n\n";
        const string network = "version: 2\nethernets: {}\n";
        await WriteAsync(new CloudInit { UserData = user, NetworkConfig = network }, "52:54:00:00:00:01", "52:54:00:00:00:02");
        Assert.Equal(Encoding.UTF8.GetBytes(user), Read("user-data"));
        Assert.Equal(Encoding.UTF8.GetBytes(network), Read("network-config"));
    }

    [Fact]
    public async Task Name_and_keys_go_into_the_meta_data()
    {
        await WriteAsync(new CloudInit { SshKeys = { Key + "\n", "ssh-rsa AAAA" } });
        Assert.Equal(
            "instance-id: \"abcdefghijkl\"\nlocal-hostname: \"no\"\npublic-keys:\n- \"" + Key.Replace("\"", "\\\"", StringComparison.Ordinal) + "\"\n- \"ssh-rsa AAAA\"\n",
            Encoding.UTF8.GetString(Read("meta-data")));
        Assert.Equal("#cloud-config\n{}\n", Encoding.UTF8.GetString(Read("user-data")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task One_interface_is_left_to_cloud_init(int nics)
    {
        await WriteAsync(new CloudInit(), [.. Enumerable.Range(0, nics).Select(i => $"52:54:00:00:00:0{i}")]);
        Assert.DoesNotContain("network-config", Shell.Run("isoinfo", "-R", "-f", "-i", Seed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_interfaces_are_named_so_that_each_gets_an_address()
    {
        await WriteAsync(new CloudInit(), "52:54:00:00:00:01", "52:54:00:00:00:02");
        Assert.Equal(
            """
            version: 2
            ethernets:
              nic0:
                match:
                  macaddress: "52:54:00:00:00:01"
                dhcp4: true
              nic1:
                match:
                  macaddress: "52:54:00:00:00:02"
                dhcp4: true
                optional: true

            """,
            Encoding.UTF8.GetString(Read("network-config")));
    }

    [Fact]
    public async Task Seed_is_the_owners_alone_and_replaced_whole()
    {
        await WriteAsync(new CloudInit { UserData = new string('x', 500_000) });
        await WriteAsync(new CloudInit { UserData = "#!/bin/sh" });
        var first = File.ReadAllBytes(Seed);
        await WriteAsync(new CloudInit { UserData = "#!/bin/sh" });
        Assert.Equal(first, File.ReadAllBytes(Seed));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Seed));
        Assert.Equal([Seed], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public async Task Cancelled_write_leaves_the_old_seed()
    {
        await WriteAsync(new CloudInit { UserData = "#!/bin/sh" });
        var first = File.ReadAllBytes(Seed);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SeedVolume.WriteAsync(Seed, Content(new CloudInit()), new CancellationToken(true)));
        Assert.Equal(first, File.ReadAllBytes(Seed));
        Assert.Equal([Seed], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void Any_text_survives_the_quoting() => Gen.String[Gen.OneOf(Gen.Char, Gen.Char['\0', '\xa0'], Gen.OneOf('"', '\\', '\n', '\u2028')), 0, 40].Sample(text =>
    {
        // A lone surrogate is no character and never gets here: protobuf's strings are valid.
        var value = new string([.. text.Where(c => !char.IsSurrogate(c))]) + "🦊";
        var quoted = SeedFiles.Quote(value);
        Assert.DoesNotContain('\n', quoted);
        var parser = new Parser(new StringReader($"key: {quoted}\n"));
        var scalars = new List<string>();
        while (parser.MoveNext())
        {
            if (parser.Current is Scalar scalar)
            {
                scalars.Add(scalar.Value);
            }
        }

        Assert.Equal(["key", value], scalars);
    });

    private Task WriteAsync(CloudInit cloudInit, params string[] macs) => SeedVolume.WriteAsync(Seed, Content(cloudInit, macs), CancellationToken.None);

    private static SeedContent Content(CloudInit cloudInit, params string[] macs) => new("abcdefghijkl", "no", cloudInit, macs);

    private byte[] Read(string name) => Shell.Bytes("isoinfo", "-R", "-x", "/" + name, "-i", Seed);

    public void Dispose() => _directory.Dispose();
}
