using Qvmc.Images.Catalogue;
using static Qvmc.Images.Tests.Catalogue.Catalogues;

namespace Qvmc.Images.Tests.Catalogue;

public sealed class ImageCatalogueTests
{
    private static readonly NamedCatalogue BuiltIn = Of(
        "built-in",
        Entry("debian:12", aliases: ["debian:bookworm"], title: "Debian 12 (bookworm)"),
        Entry("debian:13", aliases: ["debian:trixie"], latest: true, title: "Debian 13 (trixie)"),
        Entry("alpine:3.9"),
        Entry("alpine:3.22", latest: true, arches: ["x86_64"]),
        Entry("alpine:edge"));

    [Theory]
    [InlineData("debian:12", "debian:12")]
    [InlineData("debian:bookworm", "debian:12")]
    [InlineData("debian", "debian:13")]
    [InlineData("debian:latest", "debian:13")]
    public void Finds_by_name_alias_and_latest(string reference, string name)
    {
        var found = new ImageCatalogue([BuiltIn]).Find(reference, "aarch64");
        Assert.Equal(name, found?.Name);
        Assert.EndsWith("-aarch64.qcow2", found!.File.Url, StringComparison.Ordinal);
        Assert.Equal("built-in", found.Catalogue);
    }

    [Theory]
    [InlineData("debian:14", "x86_64")]
    [InlineData("bookworm", "x86_64")]
    [InlineData("Debian:12", "x86_64")]
    [InlineData("debian:12", "riscv64")]
    [InlineData("alpine", "aarch64")]
    [InlineData("", "x86_64")]
    public void Finds_nothing_else(string reference, string arch) => Assert.Null(new ImageCatalogue([BuiltIn]).Find(reference, arch));

    [Fact]
    public void Later_catalogue_replaces_an_entry_for_one_processor_with_all_that_it_says()
    {
        var mine = Of("/mine.json", Entry("debian:13", aliases: ["debian:ours"], arches: ["x86_64"], host: "mine.example"));
        var catalogue = new ImageCatalogue([BuiltIn, mine]);

        Assert.Equal("/mine.json", catalogue.Find("debian:13", "x86_64")!.Catalogue);
        Assert.Equal("https://mine.example/debian-13-x86_64.qcow2", catalogue.Find("debian:ours", "x86_64")!.File.Url);
        Assert.Equal("built-in", catalogue.Find("debian:13", "aarch64")!.Catalogue);
        Assert.Equal("built-in", catalogue.Find("debian:trixie", "aarch64")!.Catalogue);

        // The entry that is replaced says nothing any more, neither its aliases nor that it was the latest.
        Assert.Null(catalogue.Find("debian:trixie", "x86_64"));
        Assert.Null(catalogue.Find("debian", "x86_64"));
        Assert.Equal("debian:13", catalogue.Find("debian", "aarch64")!.Name);
    }

    [Fact]
    public void Later_catalogue_says_what_is_the_latest_and_what_an_alias_means()
    {
        var mine = Of("/mine.json", Entry("debian:14", aliases: ["debian:bookworm"], latest: true));
        var catalogue = new ImageCatalogue([BuiltIn, mine]);
        Assert.Equal("debian:14", catalogue.Find("debian", "x86_64")!.Name);
        Assert.Equal("debian:14", catalogue.Find("debian:bookworm", "x86_64")!.Name);
        Assert.Equal("debian:12", catalogue.Find("debian:12", "x86_64")!.Name);
        Assert.Equal("debian:13", new ImageCatalogue([mine, BuiltIn]).Find("debian", "x86_64")!.Name);
    }

    [Theory]
    [InlineData("", "alpine:3.22 alpine:3.9 alpine:edge debian:13 debian:12")]
    [InlineData("debian", "debian:13 debian:12")]
    [InlineData("  BOOK deb\tworm", "debian:12")]
    [InlineData("trixie bookworm", "")]
    [InlineData("3.2", "alpine:3.22")]
    [InlineData("(trixie)", "debian:13")]
    public void Searches_every_word_and_shows_the_newest_first(string query, string names) =>
        Assert.Equal(names, string.Join(' ', new ImageCatalogue([BuiltIn]).Search(query, "x86_64").Select(image => image.Name)));

    [Fact]
    public void Search_shows_only_what_is_for_the_processor_and_each_once()
    {
        var catalogue = new ImageCatalogue([BuiltIn, Of("/mine.json", Entry("debian:12"))]);
        Assert.Equal("alpine:3.9 alpine:edge", string.Join(' ', catalogue.Search("alpine", "aarch64").Select(image => image.Name)));
        Assert.Equal("/mine.json", Assert.Single(catalogue.Search("debian 12", "x86_64")).Catalogue);
        Assert.Empty(catalogue.Search("bookworm", "x86_64"));
    }

    [Theory]
    [InlineData("3.9", "3.22")]
    [InlineData("9", "10")]
    [InlineData("15.6", "16.0")]
    [InlineData("22.04", "24.04")]
    [InlineData("16", "16.1")]
    [InlineData("rolling", "1")]
    [InlineData("99999999999999999998", "99999999999999999999")]
    public void Versions_are_ordered_as_people_do(string older, string newer)
    {
        Assert.True(VersionOrder.Instance.Compare(older, newer) < 0);
        Assert.True(VersionOrder.Instance.Compare(newer, older) > 0);
        Assert.Equal(0, VersionOrder.Instance.Compare(older, older));
    }
}
