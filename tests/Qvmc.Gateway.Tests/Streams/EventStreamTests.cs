using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Gateway.Tests.Streams;

public sealed class EventStreamTests : IAsyncLifetime
{
    private readonly RunningGateway _gateway = new();

    public Task InitializeAsync() => _gateway.StartAsync(_ => { }, heartbeat: TimeSpan.FromMilliseconds(300), firstAnswer: TimeSpan.FromMilliseconds(100));

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task Events_have_id_name_and_data()
    {
        using var response = await OpenAsync();
        using var lines = await ReadAsync(response);
        Tell(WatchEventType.Snapshot, "t1", "a");
        Tell(WatchEventType.Synced, "t2");

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("retry: 1000", await NextAsync(lines));
        Assert.Equal("id: t1", await NextAsync(lines));
        Assert.Equal("event: snapshot", await NextAsync(lines));
        var data = JsonNode.Parse((await NextAsync(lines))["data: ".Length..])!;
        Assert.Equal("a", (string?)data["instance"]!["name"]);
        Assert.Equal("WATCH_EVENT_TYPE_SNAPSHOT", (string?)data["type"]);
        Assert.Equal("id: t2", await NextAsync(lines));
        Assert.Equal("event: synced", await NextAsync(lines));
    }

    [Fact]
    public async Task A_silent_stream_says_that_it_lives()
    {
        using var response = await OpenAsync();
        using var lines = await ReadAsync(response);

        Assert.Equal("retry: 1000", await NextAsync(lines));
        Assert.Equal(":", await NextAsync(lines, comments: true));
        Assert.Equal(":", await NextAsync(lines, comments: true));
    }

    [Theory]
    [InlineData("/v1/events", "t7", "t7")]
    [InlineData("/v1/events?resume_token=t1", "t7", "t7")]
    [InlineData("/v1/events?resumeToken=t1", null, "t1")]
    public async Task Resumes_after_the_last_event_that_was_seen(string path, string? header, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (header is not null)
        {
            request.Headers.Add("Last-Event-ID", header);
        }
        using var response = await _gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        Assert.True(await _gateway.Controller.Arrived.WaitAsync(RunningGateway.Limit));
        Assert.Equal(token, Assert.IsType<WatchRequest>(Assert.Single(_gateway.Controller.Requests)).ResumeToken);
    }

    [Fact]
    public async Task A_resync_makes_the_client_begin_again_and_ends_the_stream()
    {
        using var response = await OpenAsync();
        Tell(WatchEventType.Changed, "t1", "a");
        Tell(WatchEventType.Resync, "");
        _gateway.Controller.Events.Writer.Complete();

        var text = await response.Content.ReadAsStringAsync().WaitAsync(RunningGateway.Limit);

        Assert.Matches("id: t1\nevent: changed\ndata: .*\n\nid: \nevent: resync\ndata: .*\n\n$", text);
    }

    [Fact]
    public async Task Lines_of_json_are_sent_to_who_accepts_them()
    {
        using var response = await OpenAsync("application/x-ndjson");
        Tell(WatchEventType.Snapshot, "t1", "a");
        Tell(WatchEventType.Synced, "t2");
        _gateway.Controller.Events.Writer.Complete();

        var lines = (await response.Content.ReadAsStringAsync().WaitAsync(RunningGateway.Limit)).Split('\n');

        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("t1", (string?)JsonNode.Parse(lines[0])!["resumeToken"]);
        Assert.Equal("t2", (string?)JsonNode.Parse(lines[1])!["resumeToken"]);
        Assert.Equal("", lines[2]);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream;q=0")]
    public async Task Who_accepts_neither_gets_406(string accept)
    {
        using var response = await OpenAsync(accept);

        Assert.Equal(HttpStatusCode.NotAcceptable, response.StatusCode);
    }

    [Fact]
    public async Task A_refusal_is_answered_with_a_status()
    {
        // However long that takes here.
        var gateway = new RunningGateway();
        await gateway.StartAsync(_ => { });
        gateway.Controller.Events.Writer.Complete(new FaultException(FaultCode.InvalidArgument, "the token is of another cluster", [new FieldFault("resume_token", "is foreign")]));

        var (status, problem, _) = await gateway.SendAsync("GET", "/v1/events?resumeToken=x");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("resumeToken", (string?)problem["errors"]![0]!["field"]);
        await gateway.DisposeAsync();
    }

    [Theory]
    [InlineData("text/event-stream", "event: error\ndata: {\"type\":\"urn:qvmc:problem:unavailable\"")]
    [InlineData("application/x-ndjson", "{\"error\":{\"type\":\"urn:qvmc:problem:unavailable\"")]
    public async Task A_stream_that_fails_later_says_so_at_its_end(string accept, string end)
    {
        using var response = await OpenAsync(accept);
        Tell(WatchEventType.Synced, "t1");
        _gateway.Controller.Events.Writer.Complete(new FaultException(FaultCode.Unavailable, "going"));

        Assert.Contains(end, await response.Content.ReadAsStringAsync().WaitAsync(RunningGateway.Limit), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_watch()
    {
        var response = await OpenAsync();
        response.Dispose();

        Assert.True(await _gateway.Controller.Cancelled.WaitAsync(RunningGateway.Limit));
    }

    [Fact]
    public async Task Streams_do_not_hold_up_a_stop()
    {
        using var response = await OpenAsync();
        var rest = response.Content.ReadAsStringAsync();

        await _gateway.StopGatewayAsync();

        // One that is held up ends at a limit, and with it, in the middle of the text, the connection.
        Assert.StartsWith("retry: 1000", await rest.WaitAsync(RunningGateway.Limit), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_reads_nothing_holds_the_controller_back()
    {
        using var response = await OpenAsync();
        _gateway.Controller.Events = Channel.CreateBounded<WatchResponse>(1);
        using var slow = await OpenAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var told = 0;
        try
        {
            for (; told < 4000; told++)
            {
                var big = new WatchResponse { Type = WatchEventType.Changed, Instance = new Instance { Name = new string('x', 64 << 10) } };
                await _gateway.Controller.Events.Writer.WriteAsync(big, limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Held back, as it should be.
        }

        Assert.InRange(told, 1, 1500);
    }

    private async Task<HttpResponseMessage> OpenAsync(string accept = "text/event-stream")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return await _gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private void Tell(WatchEventType type, string token, string? name = null) => Assert.True(_gateway.Controller.Events.Writer.TryWrite(new WatchResponse
    {
        Type = type,
        ResumeToken = token,
        Instance = name is null ? null : new Instance { Name = name },
    }));

    private static async Task<StreamReader> ReadAsync(HttpResponseMessage response) => new(await response.Content.ReadAsStreamAsync());

    // The next line that is not empty; heartbeats come whenever they do.
    private static async Task<string> NextAsync(StreamReader lines, bool comments = false)
    {
        using var limit = new CancellationTokenSource(RunningGateway.Limit);
        while (true)
        {
            if (await lines.ReadLineAsync(limit.Token) is { Length: > 0 } line && (comments || line != ":"))
            {
                return line;
            }
        }
    }
}
