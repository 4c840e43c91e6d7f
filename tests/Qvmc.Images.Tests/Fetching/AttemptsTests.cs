using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>When a source in trouble is asked again.</summary>
public sealed class AttemptsTests
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly Checksum Right = TestImage.Sha256(Image);

    [Theory]
    [InlineData("17", 17)]
    [InlineData("0", 1)]
    [InlineData("100000", 300)]
    [InlineData("-5", null)]
    [InlineData("soon", null)]
    public async Task Retry_After_is_heeded_within_bounds(string header, int? seconds)
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            context.Response.Headers.RetryAfter = header;
            context.Response.StatusCode = 503;
            return n == 0 ? Task.CompletedTask : GoodAsync(context);
        });
        var time = new HastyTime();
        using var fetcher = new Fetcher(new ImageFetcherOptions(), time);
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, Right));
        var delay = Assert.Single(time.Delays);
        if (seconds is { } exactly)
        {
            Assert.Equal(TimeSpan.FromSeconds(exactly), delay);
            Assert.Contains(fetcher.Told, p => p.Trouble == $"{server.Image.Authority} answered 503 (not available now); next attempt in {exactly} s");
        }
        else
        {
            Assert.InRange(delay, TimeSpan.FromSeconds(0.75), TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Retry_After_may_be_a_date()
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            context.Response.Headers.RetryAfter = DateTimeOffset.UtcNow.AddSeconds(100).ToString("R", CultureInfo.InvariantCulture);
            context.Response.StatusCode = 429;
            return n == 0 ? Task.CompletedTask : GoodAsync(context);
        });
        var time = new HastyTime();
        using var fetcher = new Fetcher(new ImageFetcherOptions(), time);
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, Right));
        Assert.InRange(Assert.Single(time.Delays), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(100));
    }

    [Fact]
    public async Task Delays_double_and_begin_anew_with_what_comes()
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n == 4 ? 1000 : n < 8 ? 0 : long.MaxValue);
            return WebServer.FileAsync(context, Image);
        });
        var time = new HastyTime();
        using var fetcher = new Fetcher(new ImageFetcherOptions(), time);
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, Right));
        double[] most = [1, 2, 4, 8, 1, 1, 2, 4];
        Assert.Equal(most.Length, time.Delays.Count);
        Assert.All(time.Delays.Zip(most), d => Assert.InRange(d.First.TotalSeconds, d.Second * 0.75, d.Second));
    }

    private static Task GoodAsync(HttpContext context)
    {
        context.Response.StatusCode = 200;
        return WebServer.FileAsync(context, Image);
    }
}
