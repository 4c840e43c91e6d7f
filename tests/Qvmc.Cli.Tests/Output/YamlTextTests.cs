using System.Text.Json.Nodes;
using Qvmc.Cli.Output;
using YamlDotNet.RepresentationModel;

namespace Qvmc.Cli.Tests.Output;

public sealed class YamlTextTests
{
    [Fact]
    public void Writes_blocks() => Assert.Equal(
        """
        name: web1
        spec:
          cpus: 2
          forwards:
            - hostPort: 8080
              guestPort: 80
          nics: []
          labels: {}
        address: "10.0.2.15"
        paused: false
        none: null
        script: |
          #!/bin/sh
          echo hello

        """,
        YamlText.Of(JsonNode.Parse("""
            {"name":"web1","spec":{"cpus":2,"forwards":[{"hostPort":8080,"guestPort":80}],"nics":[],"labels":{}},
             "address":"10.0.2.15","paused":false,"none":null,"script":"#!/bin/sh\necho hello\n"}
            """)));

    [Theory]
    [InlineData("")]
    [InlineData("true")]
    [InlineData("No")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("123")]
    [InlineData("1e3")]
    [InlineData("0x1F")]
    [InlineData("-")]
    [InlineData("- a")]
    [InlineData("a: b")]
    [InlineData("a:")]
    [InlineData("a # b")]
    [InlineData("#a")]
    [InlineData("'quoted' \"twice\"")]
    [InlineData(" led")]
    [InlineData("trailed ")]
    [InlineData("2024-01-01T00:00:00Z")]
    [InlineData("tab\there")]
    [InlineData("two\nlines")]
    [InlineData("two\nlines\n")]
    [InlineData("\nleading line")]
    [InlineData("  indented\nfirst line")]
    [InlineData("a line \nwith a trailing space")]
    [InlineData("many\n\n\n")]
    [InlineData("control\u0001\u001b[31m")]
    [InlineData("Übergröße – 日本語 🦊")]
    [InlineData("next\u0085line\u2028sep")]
    [InlineData("{a: 1}")]
    [InlineData("[1]")]
    [InlineData("*alias")]
    [InlineData("!tag")]
    [InlineData("%directive")]
    [InlineData("--- a")]
    [InlineData("carriage\r\nreturn\r\n")]
    public void A_string_comes_back_as_the_same_string(string text)
    {
        var root = (YamlMappingNode)Parse(YamlText.Of(new JsonObject { ["key"] = text, [text + "k"] = 1, ["list"] = new JsonArray(text) }));
        var value = (YamlScalarNode)root.Children[new YamlScalarNode("key")];
        Assert.Equal(text, value.Value);
        Assert.Equal(text, ((YamlScalarNode)((YamlSequenceNode)root.Children[new YamlScalarNode("list")]).Children[0]).Value);
        Assert.Contains(new YamlScalarNode(text + "k"), root.Children.Keys);

        // Plain style is for strings that no reader takes for anything else.
        if (value.Style == YamlDotNet.Core.ScalarStyle.Plain)
        {
            Assert.Matches("^[A-Za-z/]", text);
        }
    }

    [Theory]
    [InlineData("true")]
    [InlineData("123")]
    [InlineData("")]
    [InlineData("~")]
    [InlineData("10.0.2.15")]
    public void A_string_that_looks_like_something_else_is_quoted(string text) =>
        Assert.Equal($"- \"{text}\"\n", YamlText.Of(new JsonArray(text)));

    [Fact]
    public void A_long_string_is_not_folded()
    {
        var text = string.Join(' ', Enumerable.Repeat("word", 100));
        Assert.Equal(text, ((YamlScalarNode)((YamlSequenceNode)Parse(YamlText.Of(new JsonArray(text)))).Children[0]).Value);
    }

    private static YamlNode Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return Assert.Single(stream.Documents).RootNode;
    }
}
