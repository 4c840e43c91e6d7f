using Qvmc.Images.Catalogue;

namespace Qvmc.Images.Tests.Catalogue;

public sealed class BuiltInCatalogueTests
{
    private static readonly NamedCatalogue BuiltIn = CatalogueText.BuiltIn();
    private static readonly ImageCatalogue Catalogue = new([BuiltIn]);

    [Theory]
    [InlineData("debian", "debian:13", "debian")]
    [InlineData("debian:bookworm", "debian:12", "debian")]
    [InlineData("ubuntu", "ubuntu:26.04", "ubuntu")]
    [InlineData("ubuntu:noble", "ubuntu:24.04", "ubuntu")]
    [InlineData("ubuntu:jammy", "ubuntu:22.04", "ubuntu")]
    [InlineData("fedora:latest", "fedora:44", "fedora")]
    [InlineData("alma", "almalinux:10", "almalinux")]
    [InlineData("rocky:9", "rocky:9", "rocky")]
    [InlineData("alpine", "alpine:3.24", "alpine")]
    [InlineData("arch", "archlinux:rolling", "arch")]
    [InlineData("opensuse:tumbleweed", "opensuse:tumbleweed", "opensuse")]
    [InlineData("opensuse-leap:15.6", "opensuse:15.6", "opensuse")]
    public void Knows_what_people_ask_for(string reference, string name, string user)
    {
        var image = Catalogue.Find(reference, "x86_64")!;
        Assert.Equal(name, image.Name);
        Assert.Equal(user, image.Entry.DefaultUser);
    }

    [Fact]
    public void Every_family_has_a_latest_for_the_usual_processor() =>
        Assert.All(BuiltIn.Catalog.Images.Select(entry => CatalogueImage.FamilyOf(entry.Name)).Distinct(), family => Assert.NotNull(Catalogue.Find(family, "x86_64")));

    // Bytes that nobody can check are no offer; and nothing built in may come over a line that anybody can change.
    [Fact]
    public void Every_file_is_checked_and_comes_by_https() => Assert.All(BuiltIn.Catalog.Images.SelectMany(entry => entry.Files), file =>
    {
        Assert.True(file.Checksum.Length > 0 || file.ChecksumUrl.StartsWith("https://", StringComparison.Ordinal), file.Url);
        Assert.All(file.Mirrors.Append(file.Url), url => Assert.StartsWith("https://", url, StringComparison.Ordinal));
    });

    // A checksum is looked up by the file's name, or belongs to one file alone.
    [Fact]
    public void Mirrors_have_the_same_file() => Assert.All(BuiltIn.Catalog.Images.SelectMany(entry => entry.Files), file =>
        Assert.All(file.Mirrors, mirror => Assert.Equal(Path.GetFileName(file.Url), Path.GetFileName(mirror))));
}
