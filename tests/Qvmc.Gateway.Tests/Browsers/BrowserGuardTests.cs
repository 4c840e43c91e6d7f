using System.Net;

namespace Qvmc.Gateway.Tests.Browsers;

public sealed class BrowserGuardTests(RunningGateway gateway) : IClassFixture<RunningGateway>
{
    private const string Friend = "https://console.example.com";

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:80", 200)]
    [InlineData("127.0.0.1:7080", 200)]
    [InlineData("[::1]:7080", 200)]
    [InlineData("console.example.com", 200)]
    [InlineData("evil.example.com", 421)]
    [InlineData("localhost.evil.example.com", 421)]
    [InlineData("127.0.0.1.evil.example.com", 421)]
    [InlineData("169.254.169.254", 421)]
    public async Task Only_our_own_names_are_answered(string host, int status)
    {
        var (actual, _, _) = await gateway.SendAsync("GET", "/v1/instances", null, ("Host", host));

        Assert.Equal(status, (int)actual);
    }

    [Theory]
    [InlineData("https://evil.example.com")]
    [InlineData("http://localhost:1")]
    [InlineData("http://console.example.com")]
    [InlineData("https://console.example.com:444")]
    [InlineData("null")]
    public async Task Scripts_of_strangers_reach_nothing(string origin)
    {
        gateway.Controller.Requests.Clear();

        var (status, problem, response) = await gateway.SendAsync("POST", "/v1/instances/a/start", null, ("Origin", origin));

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Equal("urn:qvmc:problem:foreign-origin", (string?)problem["type"]);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Empty(gateway.Controller.Requests);
    }

    [Fact]
    public async Task Our_own_pages_may_ask()
    {
        var (status, _, response) = await gateway.SendAsync("POST", "/v1/instances/a/start", null, ("Origin", gateway.Address.GetLeftPart(UriPartial.Authority)));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_friend_s_scripts_may_ask_and_read_also_refusals()
    {
        var (_, _, asked) = await gateway.SendAsync("OPTIONS", "/v1/instances", null, ("Origin", Friend), ("Access-Control-Request-Method", "POST"));
        var (_, _, answered) = await gateway.SendAsync("GET", "/v1/instances", null, ("Origin", Friend));
        var (refused, _, refusal) = await gateway.SendAsync("POST", "/v1/instances", "{", ("Origin", Friend));

        Assert.Equal(HttpStatusCode.NoContent, asked.StatusCode);
        Assert.Contains("POST", asked.Headers.GetValues("Access-Control-Allow-Methods").Single(), StringComparison.Ordinal);
        Assert.Contains("If-Match", asked.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, refused);
        foreach (var response in new[] { asked, answered, refusal })
        {
            Assert.Equal(Friend, response.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Equal("Origin", response.Headers.Vary.Single());
        }
    }
}
