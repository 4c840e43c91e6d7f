using System.Net;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>Servers that understand ranges in their own ways.</summary>
public sealed class RangeTests
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly Checksum Right = TestImage.Sha256(Image);

    [Fact]
    public async Task Server_that_ignores_ranges_works()
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n < 3 ? 1_000_000 + (n * 1000) : long.MaxValue);
            return WebServer.FileAsync(context, Image, ranges: false);
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, Right));
        Assert.Equal("bytes=1000000-", server.Requests.ElementAt(1).Range);
    }

    [Fact]
    public async Task Server_that_ignores_ranges_and_never_comes_further_is_given_up()
    {
        await using var server = await WebServer.StartAsync((context, _) =>
        {
            WebServer.BreakAfter(context, 1_000_000);
            return WebServer.FileAsync(context, Image, ranges: false);
        });
        using var fetcher = new Fetcher();
        var fault = await fetcher.FaultAsync([server.Image], Right);
        Assert.Contains($"{server.Image} broke off after 1000000 bytes of 3", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("(5 attempts)", fault.Message, StringComparison.Ordinal);
        Assert.Equal(6, server.Requests.Count);
    }

    [Theory]
    [InlineData("bytes 0-2999999/{0}")]
    [InlineData("bytes 1000001-{1}/{0}")]
    [InlineData("bytes 1000000-{1}/9999999")]
    [InlineData("bytes 1000000-1000005/{0}")]
    [InlineData("bytes */{0}")]
    [InlineData("lines 1000000-{1}/{0}")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public async Task Wrong_part_is_not_taken(string? range)
    {
        await using var server = await WebServer.StartAsync(async (context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 1_000_000 : long.MaxValue);
            if (n != 1)
            {
                await WebServer.FileAsync(context, Image);
                return;
            }

            context.Response.StatusCode = (int)HttpStatusCode.PartialContent;
            context.Response.Headers.ETag = "\"1\"";
            context.Response.Headers.ContentRange = range is null ? default : string.Format(null, range, Image.Length, Image.Length - 1);
            var rest = TestImage.Other.AsMemory(1_000_000);

            // In chunks, unless it is the length that gives it away.
            context.Response.ContentLength = range?.Contains("1000005", StringComparison.Ordinal) == true ? rest.Length : null;
            await context.Response.Body.WriteAsync(rest);
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image));
        Assert.Equal([null, "bytes=1000000-", null], server.Requests.Select(r => r.Range));
    }

    [Fact]
    public async Task Part_of_who_knows_what_is_not_taken_without_a_checksum()
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 1_000_000 : long.MaxValue);
            context.Request.Headers.IfRange = default;
            return WebServer.FileAsync(context, n == 0 ? TestImage.Other : Image, n == 0 ? "\"1\"" : null);
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image));
        Assert.Equal([null, "bytes=1000000-", null], server.Requests.Select(r => r.Range));
    }

    [Fact]
    public async Task Range_that_is_refused_means_a_new_beginning()
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 1_000_000 : long.MaxValue);
            context.Response.StatusCode = n == 1 ? 416 : 200;
            return n == 1 ? Task.CompletedTask : WebServer.FileAsync(context, Image);
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image));
        Assert.Equal(3, server.Requests.Count);
    }
}
