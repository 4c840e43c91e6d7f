using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Qvmc.Core.Faults;

namespace Qvmc.Gateway.Tests.Transcoding;

public sealed class BadRequestTests(RunningGateway gateway) : IClassFixture<RunningGateway>
{
    [Theory]
    [InlineData("POST", "/v1/instances", """{"nam": "a"}""", "nam", "did you mean \"name\"?")]
    [InlineData("POST", "/v1/instances", """{"spec": {"memory": 1}}""", "spec.memory", "is not known")]
    [InlineData("POST", "/v1/instances", """{"spec": {"memoryMib": 1, "memory_mib": 2}}""", "spec.memory_mib", "given twice")]
    [InlineData("POST", "/v1/instances", """{"name": 7}""", "name", "wants a string; got 7")]
    [InlineData("POST", "/v1/instances", """{"spec": {"cpus": -1}}""", "spec.cpus", "wants a whole number from 0 to 4294967295")]
    [InlineData("POST", "/v1/instances", """{"spec": {"cpus": 1e99}}""", "spec.cpus", "got 1e99")]
    [InlineData("POST", "/v1/instances", """{"spec": {"nics": [{}, {"mac": []}]}}""", "spec.nics[1].mac", "wants a string; got a list")]
    [InlineData("POST", "/v1/instances", """{"labels": {"a": 1}}""", "labels[\"a\"]", "wants a string")]
    [InlineData("POST", "/v1/instances", """{"labels": {"a": "1", "a": "2"}}""", "labels[\"a\"]", "given twice")]
    [InlineData("POST", "/v1/instances", """{"wait": "SOON"}""", "wait", "wants one of WAIT_CONDITION_UNSPECIFIED, ")]
    [InlineData("POST", "/v1/instances", """{"timeout": 30}""", "timeout", "seconds in a string")]
    [InlineData("POST", "/v1/instances?name=a", "{}", "name", "put it into the body")]
    [InlineData("POST", "/v1/instances/a/start", """{"name": "b"}""", "name", "is \"a\" in the path and \"b\" elsewhere")]
    [InlineData("POST", "/v1/instances/a/exec", """{"stdin": "***"}""", "stdin", "base64")]
    [InlineData("PATCH", "/v1/instances/a", """{"update_mask": ["spec"]}""", "update_mask", "names of fields in a string")]
    [InlineData("GET", "/v1/instances?page_sise=1", null, "page_sise", "did you mean \"page_size\"?")]
    [InlineData("GET", "/v1/instances?page_size=many", null, "page_size", "wants a whole number")]
    [InlineData("GET", "/v1/instances?page_size=1&page_size=2", null, "page_size", "given twice")]
    [InlineData("GET", "/v1/instances?filter.states=UP", null, "filter.states[0]", "wants one of STATE_UNSPECIFIED, ")]
    [InlineData("GET", "/v1/instances?filter=x", null, "filter", "has fields of its own")]
    [InlineData("GET", "/v1/instances?filter.node.x=1", null, "filter.node.x", "can't be given in a query")]
    [InlineData("GET", "/v1/instances?=1", null, "", "is not a parameter")]
    [InlineData("DELETE", "/v1/instances/a?force=yes", null, "force", "wants true or false; got \"yes\"")]
    [InlineData("GET", "/v1/instances/a/wait?timeout=soon", null, "timeout", "seconds in a string")]
    public async Task Names_the_field_as_the_request_does(string method, string path, string? json, string field, string message)
    {
        gateway.Controller.Requests.Clear();

        var (status, problem, response) = await gateway.SendAsync(method, path, json);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("urn:qvmc:problem:invalid-argument", (string?)problem["type"]);
        Assert.Equal(400, (int?)problem["status"]);
        Assert.Equal(path.Split('?')[0], (string?)problem["instance"]);
        var error = Assert.Single(problem["errors"]!.AsArray())!;
        Assert.Equal(field, (string?)error["field"]);
        Assert.Contains(message, (string?)error["message"], StringComparison.Ordinal);
        Assert.Empty(gateway.Controller.Requests);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("{} x")]
    [InlineData("{'name': 'a'}")]
    [InlineData("{\"name\": \"a\",}")]
    [InlineData("// no\n{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("{\"name\": \"\\ud800\"}")]
    [InlineData("{\"spec\": {\"nics\": [null]}}")]
    public async Task Text_that_is_no_such_json_is_refused(string json)
    {
        var (status, problem, _) = await gateway.SendAsync("POST", "/v1/instances", json);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("urn:qvmc:problem:invalid-argument", (string?)problem["type"]);
    }

    [Fact]
    public async Task Deep_nesting_is_refused()
    {
        var (status, _, _) = await gateway.SendAsync("POST", "/v1/instances", string.Concat(Enumerable.Repeat("{\"spec\":", 2000)));

        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_are_refused()
    {
        using var content = new ByteArrayContent([.. "{\"name\": \""u8, 0xc3, 0x28, .. "\"}"u8]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

        using var response = await gateway.Http.PostAsync("/v1/instances", content);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("not valid UTF-8 (line 1, column 11)", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=latin1")]
    [InlineData("nonsense")]
    public async Task Another_media_type_is_415(string type)
    {
        var (status, problem, _) = await gateway.SendAsync("POST", "/v1/instances", "{}", ("Content-Type", type));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, status);
        Assert.Equal("urn:qvmc:problem:unsupported-media-type", (string?)problem["type"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Too_large_a_body_is_413(bool announced)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/instances") { Content = new StringContent(new string(' ', 70_000), Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = !announced;

        using var response = await gateway.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("urn:qvmc:problem:too-large", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT", "/v1/instances/a", "DELETE, GET, PATCH")]
    [InlineData("POST", "/v1/events", "GET")]
    [InlineData("DELETE", "/v1/images", "GET, POST")]
    public async Task Another_method_is_405_and_says_which_there_are(string method, string path, string allowed)
    {
        var (status, problem, response) = await gateway.SendAsync(method, path);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, status);
        Assert.Equal("urn:qvmc:problem:method-not-allowed", (string?)problem["type"]);
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow.Order()));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v1/instances/a/b/c")]
    [InlineData("/v2/instances")]
    [InlineData("/swagger/../../etc/passwd")]
    [InlineData("/controller.v1.ControllerService/List")]
    public async Task Another_path_is_404(string path)
    {
        var (status, problem, _) = await gateway.SendAsync("GET", path);

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("urn:qvmc:problem:no-such-path", (string?)problem["type"]);
    }

    [Fact]
    public async Task A_body_where_none_is_taken_is_refused()
    {
        var (status, problem, _) = await gateway.SendAsync("DELETE", "/v1/instances/a", "{\"force\": true}");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("takes no body", (string?)problem["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Grpc-Timeout", "soon")]
    [InlineData("Grpc-Timeout", "S")]
    [InlineData("Grpc-Timeout", "123456789S")]
    [InlineData("If-Match", "7")]
    [InlineData("If-Match", "W/\"7\"")]
    [InlineData("If-Match", "\"7\", \"8\"")]
    public async Task Headers_that_mean_nothing_are_refused(string name, string value)
    {
        var (status, problem, _) = await gateway.SendAsync("DELETE", "/v1/instances/a", null, (name, value));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(name, (string?)problem["errors"]![0]!["field"]);
    }

    [Fact]
    public async Task If_Match_that_nobody_would_look_at_is_refused()
    {
        var (status, _, _) = await gateway.SendAsync("POST", "/v1/instances", "{}", ("If-Match", "\"7\""));

        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task Every_fault_is_told_at_once()
    {
        var (_, problem, _) = await gateway.SendAsync("POST", "/v1/instances?x=1", """{"a": 1, "spec": {"cpus": "two", "nics": 3}}""");

        Assert.Equal(["x", "a", "spec.cpus", "spec.nics"], problem["errors"]!.AsArray().Select(e => (string?)e!["field"]));
    }

    [Fact]
    public async Task What_the_controller_refuses_is_named_as_the_request_does()
    {
        gateway.Controller.Launch = _ => throw FaultException.Invalid(
            [new FieldFault("spec.memory_mib", "is too little"), new FieldFault("spec.cloud_init.ssh_keys[0]", "is no key"), new FieldFault("spec.disk_mib", "is too small")]);

        var (status, problem, _) = await gateway.SendAsync("POST", "/v1/instances", """{"spec": {"memoryMib": 1, "cloudInit": {"sshKeys": ["x"]}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(["spec.memoryMib", "spec.cloudInit.sshKeys[0]", "spec.disk_mib"], problem["errors"]!.AsArray().Select(e => (string?)e!["field"]));
    }

    [Theory]
    [InlineData(FaultCode.NotFound, 404, "not-found")]
    [InlineData(FaultCode.AlreadyExists, 409, "already-exists")]
    [InlineData(FaultCode.FailedPrecondition, 409, "failed-precondition")]
    [InlineData(FaultCode.Stale, 412, "stale")]
    [InlineData(FaultCode.Timeout, 504, "timeout")]
    [InlineData(FaultCode.Unavailable, 503, "unavailable")]
    [InlineData(FaultCode.PermissionDenied, 403, "permission-denied")]
    [InlineData(FaultCode.ResourceExhausted, 429, "resource-exhausted")]
    [InlineData(FaultCode.Unsupported, 501, "unsupported")]
    [InlineData(FaultCode.Internal, 500, "internal")]
    public async Task Faults_have_their_status(FaultCode code, int status, string kind)
    {
        gateway.Controller.Launch = _ => throw new FaultException(code, "a reason");

        var (actual, problem, response) = await gateway.SendAsync("POST", "/v1/instances", "{}");

        Assert.Equal(status, (int)actual);
        Assert.Equal($"urn:qvmc:problem:{kind}", (string?)problem["type"]);
        Assert.Equal(code == FaultCode.Internal, (string?)problem["detail"] != "a reason");
        Assert.Equal(status is 503, response.Headers.RetryAfter is not null);
    }

    [Theory]
    [InlineData(1, "1")]
    [InlineData(1001, "2")]
    public async Task A_limit_that_time_lifts_says_when(int milliseconds, string seconds)
    {
        gateway.Controller.Launch = _ => throw new FaultException(FaultCode.ResourceExhausted, "too fast") { RetryAfter = TimeSpan.FromMilliseconds(milliseconds) };

        var (status, _, response) = await gateway.SendAsync("POST", "/v1/instances", "{}");

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Assert.Equal(seconds, response.Headers.RetryAfter?.ToString());
    }

    [Fact]
    public async Task A_deadline_that_passes_is_504()
    {
        gateway.Controller.Info = async (_, ct) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            return FakeController.Example("a");
        };

        var (status, _, _) = await gateway.SendAsync("GET", "/v1/instances/a", null, ("Grpc-Timeout", "100m"));

        Assert.Equal(HttpStatusCode.GatewayTimeout, status);
    }

    /// <summary>Requests that no client library would send.</summary>
    [Theory]
    [InlineData("GET /v1/instances/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /v1/instances/%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /v1/instances?page_token=%ff%00 HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /v1/instances/a%00b HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /v1/instances/..%2f..%2fetc HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /v1/instances HTTP/1.1\r\n\r\n")]
    [InlineData("POST /v1/instances HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /v1/instances HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("POST /v1/instances HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json; charset=\"\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("POST /v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("GET /v1/events?filter.states=&filter.states=%00 HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("BREW /v1/instances HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    public async Task No_bad_input_is_answered_as_our_own_failure(string request)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", gateway.Address.Port);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var limit = new CancellationTokenSource(RunningGateway.Limit);

        var line = await new StreamReader(stream).ReadLineAsync(limit.Token);

        Assert.Matches("^HTTP/1.1 (200|4[0-9][0-9]) ", line);
    }
}
