using System.Net;
using System.Text.RegularExpressions;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Gateway.Tests;

public sealed partial class OperationsTests
{
    [Fact]
    public async Task Tells_that_it_lives_is_ready_and_how_it_fares()
    {
        await using var gateway = await StartAsync();
        await gateway.Gateway.SendAsync("GET", "/v1/instances");

        Assert.Equal("alive\n", await gateway.Gateway.Http.GetStringAsync("/healthz"));
        Assert.Equal("ready\ncontroller: ok\nserving: ok\n", await gateway.Gateway.Http.GetStringAsync("/readyz"));
        var metrics = await gateway.Gateway.Http.GetStringAsync("/metrics");
        Assert.Contains("service_name=\"qvmc-gateway\"", metrics, StringComparison.Ordinal);
        Assert.Contains("http_route=\"/v1/instances\"", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_controller_it_lives_but_is_not_ready()
    {
        await using var gateway = await StartAsync(withController: false);

        Assert.Equal("alive\n", await gateway.Gateway.Http.GetStringAsync("/healthz"));
        var (ready, text, _) = await gateway.Gateway.SendAsync("GET", "/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready);
        Assert.Contains("controller: the controller can't be reached", (string?)text["text"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/v1/instances")]
    [InlineData("GET", "/v1/events")]
    public async Task Without_a_controller_calls_are_503_for_now(string method, string path)
    {
        await using var gateway = await StartAsync(withController: false);

        var (status, problem, response) = await gateway.Gateway.SendAsync(method, path);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("urn:qvmc:problem:unavailable", (string?)problem["type"]);
        Assert.Contains("the controller can't be reached", (string?)problem["detail"], StringComparison.Ordinal);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task One_request_too_many_is_429_for_now()
    {
        await using var gateway = await StartAsync(maxCalls: 1);
        var answer = new TaskCompletionSource<Instance>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Gateway.Controller.Info = (_, _) =>
        {
            asked.SetResult();
            return answer.Task;
        };
        var first = gateway.Gateway.SendAsync("GET", "/v1/instances/a");
        await asked.Task;

        var (status, problem, response) = await gateway.Gateway.SendAsync("GET", "/v1/instances");
        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (status, response.Headers.RetryAfter?.ToString()));
        Assert.Equal("urn:qvmc:problem:resource-exhausted", (string?)problem["type"]);
        Assert.Equal("alive\n", await gateway.Gateway.Http.GetStringAsync("/healthz"));

        answer.SetResult(new Instance { Name = "a" });
        Assert.Equal(HttpStatusCode.OK, (await first).Item1);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Gateway.SendAsync("GET", "/v1/instances")).Item1);
    }

    [Fact]
    public async Task Without_a_controller_an_upload_is_503()
    {
        await using var gateway = await StartAsync(withController: false);
        using var content = new ByteArrayContent(new byte[100_000]);
        content.Headers.ContentType = new("application/octet-stream");

        using var response = await gateway.Gateway.Http.PostAsync("/v1/images?name=i", content);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task The_page_is_there_whole_and_loads_nothing_from_elsewhere()
    {
        await using var gateway = await StartAsync();
        var page = await gateway.Gateway.Http.GetAsync("/swagger");
        var html = await page.Content.ReadAsStringAsync();

        Assert.Equal("/swagger/", page.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.StartsWith("default-src 'self';", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        foreach (var link in Links().Matches(html).Select(m => m.Groups[1].Value).Where(link => !link.StartsWith("data:", StringComparison.Ordinal)))
        {
            var target = new Uri(page.RequestMessage.RequestUri, link);
            Assert.Equal(gateway.Gateway.Address.Authority, target.Authority);
            Assert.Equal(HttpStatusCode.OK, (await gateway.Gateway.Http.GetAsync(target)).StatusCode);
        }
    }

    [Fact]
    public async Task The_page_is_there_only_when_it_is_wanted()
    {
        await using var gateway = await StartAsync(swagger: false);

        Assert.Equal(HttpStatusCode.NotFound, (await gateway.Gateway.Http.GetAsync("/swagger/")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Gateway.Http.GetAsync("/openapi.json")).StatusCode);
    }

    private static async Task<Started> StartAsync(bool withController = true, bool swagger = true, uint maxCalls = 0)
    {
        var gateway = new RunningGateway();
        await gateway.StartAsync(settings => (settings.Swagger, settings.MaxCalls) = (swagger, maxCalls), withController: withController);
        return new Started(gateway);
    }

    [GeneratedRegex("(?:src|href)=\"([^\"]*)\"")]
    private static partial Regex Links();

    private sealed record Started(RunningGateway Gateway) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();
    }
}
