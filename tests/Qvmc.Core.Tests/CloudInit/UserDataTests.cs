using System.Text;
using CsCheck;

namespace Qvmc.Core.Tests.CloudInit;

public sealed class UserDataTests
{
    [Theory]
    [InlineData("")]
    [InlineData("#cloud-config")]
    [InlineData("#cloud-config\n")]
    [InlineData("#cloud-config\n# nothing but a comment\n")]
    [InlineData("#cloud-config\n{}\n")]
    [InlineData("#cloud-config\r\npackages: [vim]\r\nruncmd:\r\n- [ls, -l]\r\n")]
    [InlineData("#cloud-config\nwrite_files:\n- path: /etc/motd\n  content: |\n    ünï 🦊 \"quoted\": {no yaml}\n")]
    [InlineData("#cloud-config\na: &x [1, 2]\nb: *x\nc: {<<: &y {k: v}, l: w}\n")]
    [InlineData("#cloud-config-archive\n- type: text/cloud-config\n  content: |\n    packages: [vim]\n")]
    [InlineData("#cloud-config-jsonp\n[{\"op\": \"add\"}]")]
    [InlineData("#!/bin/sh\necho ':'\t\x1b[0m\n")]
    [InlineData("#include\nhttp://example.com/one\n")]
    [InlineData("#include-once http://example.com/one\n")]
    [InlineData("#cloud-boothook\necho\n")]
    [InlineData("#part-handler\ndef list_types(): pass\n")]
    [InlineData("## template: jinja\n#cloud-config\nruncmd: [{{ v1.name }}]\n")]
    [InlineData("From: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n")]
    public void What_cloud_init_acts_on_is_taken(string text) => Assert.Null(Cloud.UserData(text));

    [Theory]
    [InlineData("packages: [vim]", "begins with \"packages: [vim]\", which cloud-init would ignore; the first line must be \"#cloud-config\"")]
    [InlineData("# cloud-config\npackages: [vim]", "begins with \"# cloud-config\"; write \"#cloud-config\"")]
    [InlineData("#Cloud-Config\npackages: [vim]", "begins with \"#Cloud-Config\"; write")]
    [InlineData("\n#cloud-config\npackages: [vim]", "begins with white space or a byte order mark")]
    [InlineData("\ufeff#!/bin/sh\n", "begins with white space or a byte order mark")]
    [InlineData("hello", "which cloud-init would ignore")]
    [InlineData("\u001b[31mred", "begins with \"?[31mred\"")]
    public void What_cloud_init_would_ignore_is_refused(string text, string why) => Assert.Contains(why, Cloud.UserData(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("- vim", "line 2, column 1: the YAML after the first line must be keys and values")]
    [InlineData("vim", "line 2, column 1: the YAML after the first line must be keys and values")]
    [InlineData("a: 1\n b: 2", "line 3, column 3: ")]
    [InlineData("a: [1, 2\nb: 3", "line 2, column 6: no valid YAML follows here")]
    [InlineData("a: \"x", "line 2, column 4: ")]
    [InlineData("a:\n\t- b", "line 3, column 1: ")]
    [InlineData("a: *nobody", "line 2, column 4: the alias *nobody has no anchor before it")]
    [InlineData("a: &a [*a]", "line 2, column 8: the alias *a has no anchor before it")]
    [InlineData("a: 1\n---\nb: 2", "line 3, column 1: a second document begins")]
    [InlineData("runcmd: [a]\nb: 1\nruncmd: [c]", "line 4, column 1: \"runcmd\" is given a second time, and the first (line 2, column 1) would be dropped")]
    [InlineData("a: b\u0007", "line 2, column 5: a character that YAML does not allow")]
    [InlineData("# MIME-Version: 1.0\n- vim", "line 3, column 1: the YAML after the first line must be keys and values")]
    public void Faulty_yaml_is_shown_its_place(string yaml, string why) => Assert.StartsWith(why, Cloud.UserData("#cloud-config\n" + yaml), StringComparison.Ordinal);

    [Fact]
    public void Archive_is_a_list() => Assert.Contains("must be a list of parts", Cloud.UserData("#cloud-config-archive\na: b"), StringComparison.Ordinal);

    [Fact]
    public void Size_is_bounded_in_bytes()
    {
        Assert.Null(Cloud.UserData("#!" + new string('ü', (256 << 10) - 1)));
        Assert.Equal("has 524290 bytes; at most 524288 are possible", Cloud.UserData("#!" + new string('ü', 256 << 10)));
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        Assert.Null(Cloud.UserData("#cloud-config\na: " + new string('[', 48) + new string(']', 48)));
        Assert.Contains("nested deeper than 50 levels", Cloud.UserData("#cloud-config\na: " + new string('[', 500_000)), StringComparison.Ordinal);
        var blocks = new StringBuilder("#cloud-config\n");
        for (var i = 0; i < 900; i++)
        {
            blocks.Append(' ', i).Append("a:\n");
        }

        Assert.Contains("nested deeper than 50 levels", Cloud.UserData(blocks.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_can_not_grow_without_bound()
    {
        // Ten of the one before, nine times: 10^9 values in 300 bytes.
        var bomb = new StringBuilder("#cloud-config\na0: &a0 [x]\n");
        for (var i = 1; i < 10; i++)
        {
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        Assert.Contains("when its aliases are expanded", Cloud.UserData(bomb.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public void Number_of_values_is_bounded() =>
        Assert.Contains("more than 100000 values", Cloud.UserData("#cloud-config\na: [" + string.Concat(Enumerable.Repeat("1,", 120_000)) + "]"), StringComparison.Ordinal);

    [Fact]
    public void No_text_makes_the_reader_throw() =>
        Gen.OneOf(Gen.OneOf("a: ", "- ", "[", "]", "{", "}", "\n", "  ", "&x ", "*x", "!!map ", "|\n", ">-\n", "'", "\"", "? ", ": ", ",", "#", "---\n", "...\n", "%YAML 1.1\n", "%TAG ! x\n", "<<: ", "\\", "\t", "0"), Gen.String)
            .Array[0, 30]
            .Sample(pieces => Cloud.UserData("#cloud-config\n" + string.Concat(pieces)), iter: 20_000);
}
