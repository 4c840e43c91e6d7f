using CsCheck;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images.Catalogue;
using static Qvmc.Images.Tests.Catalogue.Catalogues;

namespace Qvmc.Images.Tests.Catalogue;

public sealed class ImageReferenceTests
{
    private const string DigestA = "sha256:2f7a90c1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string DigestB = "sha256:2f7a90c1bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    private const string DigestC = "sha256:deadbeef00000000000000000000000000000000000000000000000000000000";

    private static readonly DateTimeOffset Time = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly ImageCatalogue Catalogue = new([Of(
        "built-in",
        Entry("debian:12", aliases: ["debian:bookworm"]),
        Entry("debian:13", latest: true),
        Entry("deadbeef:1", latest: true),
        Entry("board:1", arches: ["aarch64"]))]);

    private static readonly LocalImage[] Here =
    [
        new("web", DigestA, Time),
        new("web-again", DigestA, Time),
        new("base:1", DigestB, Time.AddDays(2)),
        new("base:2", DigestC, Time.AddDays(1)),
        new("base", DigestC, Time.AddDays(-1)),
        new("debian:12", DigestC, Time),
        new("tools:1", DigestA, Time),
        new("tools:2", DigestB, Time.AddHours(1)),
        new("cafecafe", DigestC, Time),
        new("coming:1", "", Time),
    ];

    [Theory]
    [InlineData("web", "web")]
    [InlineData("base", "base")]
    [InlineData("base:1", "base:1")]
    [InlineData("base:latest", "base:1")]
    [InlineData("tools", "tools:2")]
    [InlineData("tools:latest", "tools:2")]
    [InlineData("coming", "coming:1")]
    [InlineData("cafecafe", "cafecafe")]
    [InlineData(DigestA, "tools:1")]
    [InlineData("2f7a90c1a", "tools:1")]
    [InlineData("sha256:2f7a90c1bb", "base:1")]
    public void Means_what_is_here(string reference, string name)
    {
        var match = Resolve(reference);
        Assert.Equal(name, match.Here?.Name);
        Assert.Null(match.Catalogue);
    }

    [Theory]
    [InlineData("debian:bookworm", "debian:12", true)]
    [InlineData("debian", "debian:13", false)]
    [InlineData("debian:latest", "debian:13", false)]
    [InlineData("debian:13", "debian:13", false)]
    [InlineData("deadbeef:1", "deadbeef:1", false)]
    public void Means_the_catalogues_image_and_says_whether_that_is_here(string reference, string name, bool isHere)
    {
        var match = Resolve(reference);
        Assert.Equal(name, match.Catalogue?.Name);
        Assert.Equal(isHere ? name : null, match.Here?.Name);
    }

    [Fact]
    public void Name_that_is_here_comes_before_everything()
    {
        Assert.Null(Resolve("debian:12").Catalogue);
        Assert.Equal("debian", Resolve("debian", [.. Here, new("debian", DigestA, Time)]).Here?.Name);
        Assert.Equal("2f7a90c1", Resolve("2f7a90c1", [.. Here, new("2f7a90c1", DigestC, Time)]).Here?.Name);
    }

    [Fact]
    public void Digest_comes_before_the_catalogue_and_only_if_something_has_it()
    {
        Assert.Equal(DigestC, Resolve("deadbeef").Here?.Digest);
        Assert.Equal("deadbeef:1", Resolve("deadbeef", []).Catalogue?.Name);
    }

    [Theory]
    [InlineData("2f7a90c1")]
    [InlineData("sha256:2f7a90c1")]
    public void Beginning_that_several_digests_have_is_a_fault_that_tells_them_apart(string reference)
    {
        var fault = Assert.Throws<FaultException>(() => Resolve(reference));
        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.Contains("sha256:2f7a90c1a (tools:1)", fault.Message, StringComparison.Ordinal);
        Assert.Contains("sha256:2f7a90c1b (base:1)", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("debain", "did you mean \"debian\"?")]
    [InlineData("debian:21", "\"debian:12\" or \"debian:13\"")]
    [InlineData("wed", "did you mean \"web\"")]
    [InlineData("xyzzy", "search the catalogue")]
    [InlineData("board:1", "only for aarch64, not for x86_64")]
    [InlineData("board", "search the catalogue")]
    [InlineData("sha256:0123456789", "no image with the digest")]
    [InlineData("sha256:2f7a", "give 8 to 64 of 0-9 and a-f")]
    [InlineData("2f7a90c", "there is no image \"2f7a90c\"")]
    [InlineData("web:latest", "there is no image")]
    public void Nothing_is_a_fault_with_what_may_have_been_meant(string reference, string message)
    {
        var fault = Assert.Throws<FaultException>(() => Resolve(reference));
        Assert.Equal(FaultCode.NotFound, fault.Code);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Null(ImageReference.Find(reference, Here, Catalogue, "x86_64"));
    }

    [Theory]
    [InlineData("", "is missing")]
    [InlineData("Debian", "is not allowed")]
    [InlineData("a:b:c", "is not allowed")]
    [InlineData("../x", "is not allowed")]
    public void Other_texts_are_no_references(string reference, string message)
    {
        var fault = ImageReference.Check(reference, "spec.image");
        Assert.Equal("spec.image", fault?.Field);
        Assert.Contains(message, fault!.Message, StringComparison.Ordinal);
    }

    // Every way of asking is a reference, and a name that is here always means itself.
    [Fact]
    public void Names_and_digests_are_references() => Gen.Select(Gen.String[Gen.Char["abc019.-_:"], 1, 20], Gen.Int[8, 64]).Sample((text, digits) =>
    {
        Assert.Equal(ImageName.Is(text), ImageReference.Check(text) is null);
        Assert.Null(ImageReference.Check(DigestA[..(7 + digits)]));
        if (ImageName.Is(text))
        {
            Assert.Equal(text, Resolve(text, [.. Here, new(text, DigestA, Time)]).Here?.Name);
        }
    });

    private static ImageMatch Resolve(string reference, LocalImage[]? here = null) => ImageReference.Resolve(reference, here ?? Here, Catalogue, "x86_64");
}
