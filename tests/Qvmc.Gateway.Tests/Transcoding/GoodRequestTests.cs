using System.Net;
using Google.Protobuf;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Gateway.Tests.Transcoding;

public sealed class GoodRequestTests(RunningGateway gateway) : IClassFixture<RunningGateway>
{
    public static TheoryData<string, string, string?, IMessage> Cases => new()
    {
        { "POST", "/v1/instances", """{"name": "a", "spec": {"image": "tiny", "memory_mib": 64, "cpus": 2}, "wait": "WAIT_CONDITION_READY", "timeout": "90s", "labels": {"k": "v"}}""",
            new LaunchRequest { Name = "a", Spec = new InstanceSpec { Image = "tiny", MemoryMib = 64, Cpus = 2 }, Wait = WaitCondition.Ready, Timeout = new() { Seconds = 90 }, Labels = { { "k", "v" } } } },
        { "POST", "/v1/instances", """{"name": "ä\ud83d\ude00", "spec": {"memoryMib": "64", "power": 2, "cloudInit": null}}""",
            new LaunchRequest { Name = "ä😀", Spec = new InstanceSpec { MemoryMib = 64, Power = PowerState.Stopped } } },
        { "GET", "/v1/instances/a", null, new InfoRequest { Name = "a" } },
        { "GET", "/v1/instances/a%20b", null, new InfoRequest { Name = "a b" } },
        { "POST", "/v1/instances/a/start", null, new StartRequest { Name = "a" } },
        { "POST", "/v1/instances/a/start", """{"name": "a", "paused": true}""", new StartRequest { Name = "a", Paused = true } },
        { "GET", "/v1/instances", null, new ListRequest() },
        { "GET", "/v1/instances?page_size=7&pageToken=x%26y&filter.states=STATE_RUNNING&filter.states=stopped&filter.labels=k=v&filter.node=n", null,
            new ListRequest { PageSize = 7, PageToken = "x&y", Filter = new InstanceFilter { States = { State.Running, State.Stopped }, Labels = { "k=v" }, Node = "n" } } },
        { "PATCH", "/v1/instances/a", """{"spec": {"memory_mib": 256}, "update_mask": "spec.memory_mib"}""",
            new UpdateRequest { Name = "a", Spec = new InstanceSpec { MemoryMib = 256 }, UpdateMask = new() { Paths = { "spec.memory_mib" } } } },
        { "DELETE", "/v1/instances/a?force=true", null, new DeleteRequest { Name = "a", Force = true } },
        { "GET", "/v1/instances/a/wait?for=has-address&timeout=1.5s", null, new WaitRequest { Name = "a", For = WaitCondition.HasAddress, Timeout = new() { Seconds = 1, Nanos = 500_000_000 } } },
        { "POST", "/v1/instances/a/exec", """{"command": ["ls", "-l"], "stdin": "AAE="}""", new ExecRequest { Name = "a", Command = { "ls", "-l" }, Stdin = ByteString.CopyFrom(0, 1) } },
        { "POST", "/v1/images", """{"name": "i", "path": "/x", "format": "IMAGE_FORMAT_RAW"}""", new ImportImageRequest { Name = "i", Path = "/x", Format = ImageFormat.Raw } },
        { "GET", "/v1/catalog?query=debian%2012&arch=aarch64", null, new SearchImagesRequest { Query = "debian 12", Arch = "aarch64" } },
        { "POST", "/v1/images/debian:12/pull", null, new PullImageRequest { Name = "debian:12" } },
        { "POST", "/v1/images/debian%3A12/pull", """{"wait": true}""", new PullImageRequest { Name = "debian:12", Wait = true } },
        { "POST", "/v1/images/own/pull", """{"url": "https://a.example/x", "mirrors": ["http://b.example/x"], "checksum_url": "https://a.example/SUMS"}""",
            new PullImageRequest { Name = "own", Url = "https://a.example/x", Mirrors = { "http://b.example/x" }, ChecksumUrl = "https://a.example/SUMS" } },
        { "GET", "/v1/images/debian:12", null, new GetImageRequest { Name = "debian:12" } },
        { "GET", "/v1/images/images:watch", null, new GetImageRequest { Name = "images:watch" } },
        { "DELETE", "/v1/images/sha256:2f7a90c1", null, new DeleteImageRequest { Name = "sha256:2f7a90c1" } },
        { "POST", "/v1/images:prune", """{"dryRun": true}""", new PruneImagesRequest { DryRun = true } },
        { "POST", "/v1/images:prune", null, new PruneImagesRequest() },
        { "POST", "/v1/images%3Aprune", null, new PruneImagesRequest() },
        { "GET", "/v1/images/debian:12/verify", null, new VerifyImageRequest { Name = "debian:12" } },
        { "POST", "/v1/images", """{"name": "i", "path": "/x", "replace": true, "digest": "sha512:00"}""", new ImportImageRequest { Name = "i", Path = "/x", Replace = true, Digest = "sha512:00" } },
        { "POST", "/v1/instances/a/disks", """{"disk": {"name": "d", "size_mib": 7}}""", new AddDiskRequest { Name = "a", Disk = new DataDisk { Name = "d", SizeMib = 7 } } },
        { "PATCH", "/v1/instances/a/disks/d", """{"sizeMib": 8, "detached": false}""", new UpdateDiskRequest { Name = "a", Disk = "d", SizeMib = 8, Detached = false } },
        { "PATCH", "/v1/instances/a/disks/d", """{"sizeMib": 8}""", new UpdateDiskRequest { Name = "a", Disk = "d", SizeMib = 8 } },
        { "DELETE", "/v1/instances/a/disks/d?force=true", null, new RemoveDiskRequest { Name = "a", Disk = "d", Force = true } },
        { "POST", "/v1/instances/a/forwards", """{"forward": {"hostPort": 8080, "guest_port": 80, "protocol": "PROTOCOL_UDP"}}""",
            new AddForwardRequest { Name = "a", Forward = new PortForward { HostPort = 8080, GuestPort = 80, Protocol = Protocol.Udp } } },
        { "DELETE", "/v1/instances/a/forwards/8080?protocol=udp&host_address=127.0.0.1", null,
            new RemoveForwardRequest { Name = "a", HostPort = 8080, Protocol = Protocol.Udp, HostAddress = "127.0.0.1" } },
        { "POST", "/v1/instances/a/nics", """{"nic": {"network": "lan", "address": "10.80.0.5", "rateMbit": 100}}""",
            new AddNicRequest { Name = "a", Nic = new Nic { Network = "lan", Address = "10.80.0.5", RateMbit = 100 } } },
        { "POST", "/v1/instances/a/nics", null, new AddNicRequest { Name = "a" } },
        { "DELETE", "/v1/instances/a/nics/2", null, new RemoveNicRequest { Name = "a", Slot = 2 } },
        { "GET", "/v1/networks?node=host1", null, new ListNetworksRequest { Node = "host1" } },
        { "GET", "/v1/networks/lan?node=host1", null, new GetNetworkRequest { Name = "lan", Node = "host1" } },
        { "POST", "/v1/networks/lan/teardown", """{"node": "host1"}""", new TeardownNetworkRequest { Name = "lan", Node = "host1" } },
        { "POST", "/v1/networks/lan/teardown", null, new TeardownNetworkRequest { Name = "lan" } },
        { "POST", "/v1/instances/a/cdroms", """{"image": "virtio:0.1"}""", new AttachCdromRequest { Name = "a", Image = "virtio:0.1" } },
        { "DELETE", "/v1/instances/a/cdroms/virtio:0.1", null, new DetachCdromRequest { Name = "a", Image = "virtio:0.1" } },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Becomes_the_call_that_it_says(string method, string path, string? json, IMessage expected)
    {
        gateway.Controller.Requests.Clear();

        var (status, _, _) = await gateway.SendAsync(method, path, json);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(expected, Assert.Single(gateway.Controller.Requests));
    }

    [Fact]
    public async Task The_answer_is_the_field_that_the_annotation_names()
    {
        var (_, body, response) = await gateway.SendAsync("GET", "/v1/instances/a");

        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("\"7\"", response.Headers.ETag?.Tag);
        Assert.Equal("a", (string?)body["name"]);
        Assert.Equal("STATE_RUNNING", (string?)body["status"]!["state"]);
        Assert.Equal("1099511627776", (string?)body["status"]!["diskUsedBytes"]);
        Assert.Equal(128, (int?)body["spec"]!["memoryMib"]);
    }

    [Fact]
    public async Task Networks_are_answered_by_name_and_as_a_list()
    {
        var (_, one, _) = await gateway.SendAsync("GET", "/v1/networks/lan");
        var (_, down, _) = await gateway.SendAsync("POST", "/v1/networks/lan/teardown");
        var (_, list, _) = await gateway.SendAsync("GET", "/v1/networks");

        Assert.Equal(("lan", 253), ((string?)one["name"], (int?)one["addresses"]));
        Assert.Equal("NETWORK_STATE_DOWN", (string?)down["state"]);
        Assert.Equal("lan", (string?)list["networks"]![0]!["name"]);
        Assert.Empty(list["unreachable"]!.AsArray());
    }

    [Theory]
    [InlineData("/v1/instances/a/nics/x")]
    [InlineData("/v1/instances/a/nics/-1")]
    [InlineData("/v1/instances/a/forwards/99999999999")]
    public async Task A_number_in_a_path_is_one(string path) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await gateway.SendAsync("DELETE", path)).Response.StatusCode);

    [Fact]
    public async Task Values_that_are_false_or_empty_are_written()
    {
        var (_, start, _) = await gateway.SendAsync("POST", "/v1/instances/a/start");
        var (_, list, response) = await gateway.SendAsync("GET", "/v1/instances");

        Assert.False((bool?)start["changed"]);
        Assert.Equal("\"7\"", (await gateway.SendAsync("POST", "/v1/instances/a/start")).Response.Headers.ETag?.Tag);
        Assert.Empty(list["instances"]!.AsArray());
        Assert.Equal("", (string?)list["nextPageToken"]);
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Theory]
    [InlineData("\"7\"", "7")]
    [InlineData("*", "")]
    public async Task If_Match_is_the_etag(string header, string etag)
    {
        gateway.Controller.Requests.Clear();

        await gateway.SendAsync("DELETE", "/v1/instances/a", null, ("If-Match", header));

        Assert.Equal(new DeleteRequest { Name = "a", Etag = etag }, Assert.Single(gateway.Controller.Requests));
    }

    [Fact]
    public async Task Deadline_and_trace_are_passed_on()
    {
        var before = DateTime.UtcNow;

        await gateway.SendAsync("GET", "/v1/instances/a", null, ("Grpc-Timeout", "20S"), ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

        Assert.InRange(gateway.Controller.Deadline, before, before.AddSeconds(25));
        Assert.Contains("0af7651916cd43dd8448eb211c80319c", gateway.Controller.Headers.GetValue("traceparent"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_its_call()
    {
        gateway.Controller.Info = async (_, ct) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            return new Instance();
        };
        while (gateway.Controller.Arrived.Wait(0))
        {
        }
        using var leave = new CancellationTokenSource();
        var request = gateway.Http.GetAsync("/v1/instances/a", leave.Token);
        Assert.True(await gateway.Controller.Arrived.WaitAsync(RunningGateway.Limit));

        await leave.CancelAsync();

        Assert.True(await gateway.Controller.Cancelled.WaitAsync(RunningGateway.Limit));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        gateway.Controller.Info = (r, _) => Task.FromResult(FakeController.Example(r.Name));
    }
}
