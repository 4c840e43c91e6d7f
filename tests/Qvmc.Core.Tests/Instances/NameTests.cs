using CsCheck;
using Qvmc.Core.Instances;

namespace Qvmc.Core.Tests.Instances;

public class NameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("web-1")]
    [InlineData("0")]
    [InlineData("a23456789-123456789-123456789-123456789-123456789-123456789-123")]
    public void Labels_are_names(string name) => Assert.Null(InstanceName.Check(name));

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a,b")]
    [InlineData("Web_1")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("a.b")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("a\n")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234")]
    public void Anything_else_is_not(string name) => Assert.NotNull(InstanceName.Check(name));

    [Fact]
    public void The_message_says_what_was_given_and_what_is_allowed() => Assert.Equal(
        "\"Web_1\" is not allowed: use 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit",
        InstanceName.Check("Web_1")!.Message);

    [Fact]
    public void Any_string_is_judged_and_shown_on_one_line() => Gen.String.Sample(text =>
    {
        var faults = new[] { InstanceName.Check(text), ImageName.Check(text) };
        Assert.All(faults.Where(f => f is not null), f => Assert.DoesNotContain(f!.Message, char.IsControl));
    });

    [Theory]
    [InlineData("debian:12", true)]
    [InlineData("tiny", true)]
    [InlineData("0.a_b-c", true)]
    [InlineData("a:b:c", false)]
    [InlineData("a:", false)]
    [InlineData(":a", false)]
    [InlineData(".a", false)]
    [InlineData("a/b", false)]
    [InlineData("Debian", false)]
    [InlineData("", false)]
    public void Image_names(string name, bool allowed) => Assert.Equal(allowed, ImageName.Check(name) is null);

    [Fact]
    public void Identities_have_their_form_and_differ()
    {
        var uids = Enumerable.Range(0, 1000).Select(_ => Uid.Create()).ToList();
        Assert.All(uids, uid => Assert.Matches("^[a-z][a-z2-7]{11}$", uid));
        Assert.Equal(uids.Count, uids.Distinct().Count());
    }

    [Fact]
    public void Long_strings_are_cut_when_shown() =>
        Assert.Equal('"' + new string('x', 80) + "...\" (100000 characters)", Shown.Quote(new string('x', 100_000)));
}
