using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;
using Qvmc.Images.Fetching;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>What is here already, and no checksum tells whether it has changed.</summary>
public sealed class VersionTests
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly DateTimeOffset Long = new(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("\"1\"", "\"1\"")]
    [InlineData(null, "Thu, 02 Jan 2020 03:04:05 GMT")]
    public async Task What_the_source_still_has_is_not_fetched_again(string? etag, string condition)
    {
        var (bytes, modified) = (Image, Long);
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, bytes, etag, modified));
        using var fetcher = new Fetcher();
        var first = await fetcher.FetchAsync([server.Image]);
        fetcher.AssertIs(Image, first);
        var second = await fetcher.FetchAsync([server.Image], version: first.Version);
        Assert.Equal(new ImageFetchResult(null, server.Image, null, first.Version), second);
        Assert.Equal([null, condition], server.Requests.Select(r => r.IfNewer));
        fetcher.AssertNothingPartial();

        (bytes, modified, etag) = (TestImage.Other, Long.AddSeconds(1), etag is null ? null : "\"2\"");
        fetcher.Store.Delete(first.Blob!.Digest);
        var third = await fetcher.FetchAsync([server.Image], version: second.Version);
        fetcher.AssertIs(TestImage.Other, third);
        Assert.NotEqual(first.Version, third.Version);
    }

    [Fact]
    public async Task What_can_not_be_told_is_fetched_again()
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image, etag: null));
        using var fetcher = new Fetcher();
        Assert.Null((await fetcher.FetchAsync([server.Image])).Version);
        foreach (var version in (string[])["", "nonsense", new RemoteFile("http://elsewhere/", "", "\"1\"", null, 1, null, false).Write()])
        {
            fetcher.AssertIs(Image, await fetcher.FetchAsync([server.Image], version: version));
        }

        Assert.All(server.Requests, r => Assert.Null(r.IfNewer));
    }

    [Fact]
    public async Task Where_there_is_a_checksum_it_decides()
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        using var fetcher = new Fetcher();
        var version = (await fetcher.FetchAsync([server.Image])).Version;
        var result = await fetcher.FetchAsync([server.Image], TestImage.Sha256(Image), version: version);
        fetcher.AssertIs(Image, result);
        Assert.Null(result.Version);
        Assert.All(server.Requests, r => Assert.Null(r.IfNewer));
    }

    [Fact]
    public async Task Answer_that_nothing_is_newer_is_none_to_another_question()
    {
        await using var server = await WebServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        });
        using var fetcher = new Fetcher();
        var fault = await fetcher.FaultAsync([server.Image]);
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("answered 304", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whole_file_of_an_earlier_attempt_is_used_if_the_source_still_has_it(bool still)
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image, "\"new\""));
        using var fetcher = new Fetcher();
        await using (var partial = fetcher.OpenPartial())
        {
            await partial.AppendAsync(still ? Image : TestImage.Other, default);
            partial.SetNote(new RemoteFile(server.Image.AbsoluteUri, server.Image.AbsoluteUri, still ? "\"new\"" : "\"old\"", null, Image.Length, null, false).Write());
        }

        fetcher.AssertIs(Image, await fetcher.FetchAsync([server.Image]));
        var request = Assert.Single(server.Requests);
        Assert.Equal((null, still ? "\"new\"" : "\"old\""), (request.Range, request.IfNewer));
    }
}
