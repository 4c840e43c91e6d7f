using Microsoft.AspNetCore.Routing;
using Qvmc.Gateway.Transcoding;

namespace Qvmc.Gateway.Tests.Transcoding;

public sealed class PathTemplateTests
{
    [Theory]
    [InlineData("/v1/a", "/v1/a", "/v1/a")]
    [InlineData("/v1/a/{name}", "/v1/a/{p0}", "/v1/a/{name}")]
    [InlineData("/v1/a/{name}/start", "/v1/a/{p0}/start", "/v1/a/{name}/start")]
    [InlineData("/v1/{name=a/*}", "/v1/a/{p0}", "/v1/{name}")]
    [InlineData("/v1/{name=a/*/b/*}:stop", "/v1/a/{p0}/b/{p1}:stop", "/v1/{name}:stop")]
    [InlineData("/v1/{path=**}", "/v1/{**p0}", "/v1/{path}")]
    [InlineData("/v1/a:batch", "/v1/a:batch", "/v1/a:batch")]
    [InlineData("/v1/*/{a.b}", "/v1/{p0}/{p1}", "/v1/*/{a.b}")]
    public void Is_a_route_and_a_document_s_path(string template, string route, string document)
    {
        var path = PathTemplate.Parse(template);

        Assert.Equal(route, path.RoutePattern);
        Assert.Equal(document, path.DocumentPath);
    }

    [Fact]
    public void Reads_its_fields()
    {
        var path = PathTemplate.Parse("/v1/{parent=hosts/*}/disks/{name}");

        Assert.Equal([("parent", "hosts/h"), ("name", "d")], path.Read(new RouteValueDictionary { ["p0"] = "h", ["p1"] = "d" }));
    }
}
