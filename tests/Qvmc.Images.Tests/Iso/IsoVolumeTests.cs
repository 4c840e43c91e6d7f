using System.Text;
using CsCheck;
using Qvmc.Images.Iso;

namespace Qvmc.Images.Tests.Iso;

/// <summary>The volume as programs that others wrote read it.</summary>
public sealed class IsoVolumeTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    [Fact]
    public void Three_readers_see_the_names_of_their_kind()
    {
        var path = Write("x", "yy", "");
        Assert.Equal(["/METADATA.;1", "/NETWORKC.;1", "/USERDATA.;1"], Lines("isoinfo", "-f", "-i", path));
        Assert.Equal(["/meta-data", "/network-config", "/user-data"], Lines("isoinfo", "-R", "-f", "-i", path));
        Assert.Equal(["/meta-data", "/network-config", "/user-data"], Lines("isoinfo", "-J", "-f", "-i", path).Select(l => l.Replace(";1", "", StringComparison.Ordinal)));
        var description = Shell.Run("isoinfo", "-d", "-i", path);
        Assert.Contains("Volume id: cidata", description, StringComparison.Ordinal);
        Assert.Contains("Rock Ridge signatures version 1 found", description, StringComparison.Ordinal);
        Assert.Contains("Joliet with UCS level 3 found", description, StringComparison.Ordinal);
        Assert.Contains($"Volume size is: {new FileInfo(path).Length / 2048}", description, StringComparison.Ordinal);
    }

    [Fact]
    public void Blkid_finds_the_label_that_cloud_init_looks_for()
    {
        var answer = Shell.Run("/usr/sbin/blkid", "-p", "-o", "export", Write("x", "y", "z"));
        Assert.Contains("LABEL=cidata", answer, StringComparison.Ordinal);
        Assert.Contains("TYPE=iso9660", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Xorriso_reads_it_without_complaint()
    {
        var path = Write("meta", "user", "net");
        var answer = Shell.Run("xorriso", "-indev", path, "-toc", "-lsl", "/", "--");
        Assert.Contains("Volume id    : 'cidata'", answer, StringComparison.Ordinal);
        Assert.Matches("-r--------.*'user-data'", answer);
        foreach (var trouble in (string[])["WARNING", "FAILURE", "SORRY", "FATAL"])
        {
            Assert.DoesNotContain(trouble, answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Same_files_in_any_order_make_the_same_bytes()
    {
        IsoFile a = new("meta-data", [1]), b = new("user-data", [2]);
        Assert.Equal(IsoVolume.Build("cidata", [a, b]), IsoVolume.Build("cidata", [b, a]));
    }

    [Fact]
    public void Contents_of_any_size_come_back_in_each_view() =>
        Gen.Select(Content, Content, Content).Sample(
            (meta, user, network) =>
            {
                var path = _directory.File($"{Guid.NewGuid()}.iso");
                File.WriteAllBytes(path, IsoVolume.Build("cidata", [new("user-data", user), new("meta-data", meta), new("network-config", network)]));
                Assert.Equal(0, new FileInfo(path).Length % IsoVolume.Sector);
                Assert.Equal(meta, Shell.Bytes("isoinfo", "-R", "-x", "/meta-data", "-i", path));
                Assert.Equal(user, Shell.Bytes("isoinfo", "-i", path, "-x", "/USERDATA.;1"));
                Assert.Equal(network, Shell.Bytes("isoinfo", "-J", "-x", "/network-config;1", "-i", path));

                var extracted = path + ".d";
                Shell.Run("xorriso", "-osirrox", "on", "-indev", path, "-extract", "/", extracted);
                Assert.Equal(user, File.ReadAllBytes(Path.Combine(extracted, "user-data")));
                Assert.Equal(meta, File.ReadAllBytes(Path.Combine(extracted, "meta-data")));
                Assert.Equal(network, File.ReadAllBytes(Path.Combine(extracted, "network-config")));
                Shell.Run("chmod", "-R", "u+w", extracted);
            },
            iter: 30,
            threads: 2);

    // Sizes at the edges of sectors, and anything up to 600 KiB.
    private static Gen<byte[]> Content => Gen.OneOf(
        Gen.OneOf(0, 1, 2047, 2048, 2049, 4096),
        Gen.Int[0, 600 << 10]).SelectMany(size => Gen.Int.Select(seed =>
        {
            var bytes = new byte[size];
            new Random(seed).NextBytes(bytes);
            return bytes;
        }));

    private string Write(string meta, string user, string network)
    {
        var path = _directory.File("seed.iso");
        File.WriteAllBytes(path, IsoVolume.Build("cidata", [Text("meta-data", meta), Text("user-data", user), Text("network-config", network)]));
        return path;
    }

    private static IsoFile Text(string name, string text) => new(name, Encoding.ASCII.GetBytes(text));

    private static IEnumerable<string> Lines(string program, params string[] arguments) =>
        Shell.Run(program, arguments).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Trim()).Where(l => l.StartsWith('/')).Order(StringComparer.Ordinal);

    public void Dispose() => _directory.Dispose();
}
