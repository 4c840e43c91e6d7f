using System.Text;
using Qvmc.Core.Faults;
using Qvmc.Images.Catalogue;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Catalogue;

public sealed class CatalogueTextTests
{
    private const string File = "{\"arch\": \"x86_64\", \"url\": \"https://a.example/x\"}";

    [Fact]
    public void Reads_comments_both_spellings_and_enum_names()
    {
        var catalogue = Read("""
            {
              // Ours.
              "images": [{
                "name": "own:1", "aliases": ["own:one"], "title": "Our own", "latest": true, "defaultUser": "admin", "guest_agent": "GUEST_AGENT_PRESENT",
                "files": [{"arch": "x86_64", "url": "file:///srv/own.qcow2", "mirrors": ["http://b.example/own.qcow2"], "checksum_url": "https://b.example/SHA256SUMS", "sizeBytes": 5, "format": "IMAGE_FORMAT_QCOW2"}]
              }]
            }
            """);
        var entry = Assert.Single(catalogue.Catalog.Images);
        Assert.Equal("/c.json", catalogue.Source);
        Assert.Equal("admin", entry.DefaultUser);
        Assert.Equal(GuestAgent.Present, entry.GuestAgent);
        Assert.Equal(5UL, Assert.Single(entry.Files).SizeBytes);
    }

    [Theory]
    [InlineData("\"name\": \"debian\"", "name", "has no version: write \"debian:VERSION\"")]
    [InlineData("\"name\": \"debian:latest\"", "name", "set \"latest\"")]
    [InlineData("\"name\": \"Debian:1\"", "name", "is not allowed")]
    [InlineData("\"nam\": \"debian:1\"", "nam", "did you mean \"name\"?")]
    [InlineData("\"name\": \"a:1\", \"aliases\": [\"a:latest\"]", "aliases[0]", "set \"latest\" instead")]
    [InlineData("\"name\": \"a:1\", \"aliases\": [\"A\"]", "aliases[0]", "is not allowed")]
    [InlineData("\"name\": \"a:1\", \"aliases\": [\"a:1\"]", "aliases[0]", "is there twice")]
    [InlineData("\"name\": \"a:1\", \"latest\": true, \"aliases\": [\"a\"]", "aliases[0]", "is there twice")]
    [InlineData("\"name\": \"a:1\", \"title\": \"a\\nb\"", "title", "use one line")]
    [InlineData("\"name\": \"a:1\", \"default_user\": \"-r\"", "default_user", "is not a user's name")]
    [InlineData("\"name\": \"a:1\", \"guest_agent\": \"YES\"", "guest_agent", "wants one of")]
    public void Names_what_is_wrong_with_an_entry(string members, string field, string message) =>
        AssertFault($"{{\"images\": [{{{members}, \"files\": [{File}]}}]}}", $"images[0].{field}", message);

    [Theory]
    [InlineData("\"arch\": \"amd64\", \"url\": \"http://a/b\"", "arch", "use x86_64 or aarch64")]
    [InlineData("\"arch\": \"x86_64\"", "url", "is missing")]
    [InlineData("\"arch\": \"x86_64\", \"url\": \"ftp://a/b\"", "url", "use http://HOST/PATH")]
    [InlineData("\"arch\": \"x86_64\", \"url\": \"/srv/a\"", "url", "use http://HOST/PATH")]
    [InlineData("\"arch\": \"x86_64\", \"url\": \"file://host/a\"", "url", "names a host")]
    [InlineData("\"arch\": \"x86_64\", \"url\": \"https://me:secret@a/b\"", "url", "leave that out")]
    [InlineData("\"arch\": \"x86_64\", \"url\": \"https://a/b#c\"", "url", "has a fragment")]
    [InlineData("\"arch\": \"x86_64\", \"url\": \"https://a/b\", \"mirrors\": [\"https://c/b\", \"https://a/b\"]", "mirrors[1]", "is there twice")]
    [InlineData("\"arch\": \"x86_64\", \"url\": \"https://a/b\", \"mirrors\": [\"rsync://c/b\"]", "mirrors[0]", "use http://HOST/PATH")]
    [InlineData("\"arch\": \"x86_64\", \"url\": \"https://a/b\", \"checksum\": \"md5:00\"", "checksum", "write \"sha256:\"")]
    [InlineData("\"arch\": \"x86_64\", \"url\": \"https://a/b\", \"checksum_url\": \"SHA256SUMS\"", "checksum_url", "use http://HOST/PATH")]
    [InlineData("\"arch\": \"x86_64\", \"url\": \"https://a/b\", \"checksum_url\": \"https://a/c\", \"checksum\": \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"", "checksum_url", "beside checksum")]
    [InlineData("\"arch\": \"x86_64\", \"url\": \"https://a/b\", \"size_bytes\": -1", "size_bytes", "a whole number")]
    public void Names_what_is_wrong_with_a_file(string members, string field, string message) =>
        AssertFault($"{{\"images\": [{{\"name\": \"a:1\", \"files\": [{{{members}}}]}}]}}", $"images[0].files[0].{field}", message);

    [Fact]
    public void Says_every_fault_at_once_with_its_place()
    {
        var fault = Assert.Throws<FaultException>(() => Read("""
            {"images": [
              {"name": "a:1", "latest": true, "files": [{"arch": "x86_64", "url": "https://a/b"}, {"arch": "x86_64", "url": "https://a/c"}]},
              {"name": "a:2", "latest": true, "aliases": ["a:1"], "files": []},
              {"name": "a:1", "files": [{"arch": "x86_64", "url": "x"}]}
            ]}
            """));
        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.Equal(
            [
                "/c.json:2:96: images[0].files[1].arch",
                "/c.json:3:29: images[1].latest",
                "/c.json:3:47: images[1].aliases[0]",
                "/c.json:3:64: images[1].files",
                "/c.json:4:12: images[2].name",
                "/c.json:4:55: images[2].files[0].url",
            ],
            fault.Fields.Select(f => f.Field));
        Assert.Contains("means \"a:1\" already", fault.Fields[1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "/c.json:1:1")]
    [InlineData("{\n\"images\": [}", "/c.json:2:12")]
    [InlineData("<html>", "/c.json:1:1")]
    public void Places_faults_of_syntax(string text, string place) =>
        Assert.Equal(place, Assert.Single(Assert.Throws<FaultException>(() => Read(text)).Fields).Field);

    private static NamedCatalogue Read(string text) => CatalogueText.Read("/c.json", Encoding.UTF8.GetBytes(text));

    private static void AssertFault(string text, string field, string message)
    {
        var fault = Assert.Single(Assert.Throws<FaultException>(() => Read(text)).Fields);
        Assert.EndsWith(" " + field, fault.Field, StringComparison.Ordinal);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }
}
