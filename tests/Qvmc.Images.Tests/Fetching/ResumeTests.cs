using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Images.Fetching;

namespace Qvmc.Images.Tests.Fetching;

public sealed class ResumeTests
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly Checksum Right = TestImage.Sha256(Image);
    private static readonly DateTimeOffset Long = new(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task Image_comes_and_says_what_it_is()
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        using var fetcher = new Fetcher();
        var result = await fetcher.FetchAsync(server.Image, Right);
        fetcher.AssertIs(Image, result);
        Assert.Equal((server.Image, Right), (result.Url, result.Checksum));
        var request = Assert.Single(server.Requests);
        Assert.Equal("/images/disk.qcow2", request.Target);
        Assert.Matches(@"^qvmc/\d+\.\d+\.\d+$", request.Agent!);
        Assert.Equal("identity", request.Encoding);
        Assert.Null(request.Range);
    }

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    public async Task Break_costs_nothing_but_another_request(bool etag, bool modified, bool checksum)
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n < 10 ? 100_000 + n : long.MaxValue);
            return WebServer.FileAsync(context, Image, etag ? "\"v1\"" : null, modified ? Long : null);
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, checksum ? Right : null));

        // Each went on exactly where the one before broke off; ten breaks are no trouble while something comes.
        Assert.Equal(11, server.Requests.Count);
        Assert.Equal([null, .. Enumerable.Range(1, 10).Select(n => $"bytes={(n * 100_000) + (n * (n - 1) / 2)}-")], server.Requests.Select(r => r.Range));
        var condition = (etag, modified) switch { (true, _) => "\"v1\"", (_, true) => "Thu, 02 Jan 2020 03:04:05 GMT", _ => null };
        Assert.All(server.Requests.Skip(1), r => Assert.Equal(condition, r.IfRange));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("W/\"v1\"")]
    public async Task Without_a_way_to_tell_it_begins_anew(string? etag)
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 1_000_000 : long.MaxValue);
            return WebServer.FileAsync(context, n == 0 ? TestImage.Other : Image, etag);
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image));
        Assert.All(server.Requests, r => Assert.Null(r.Range));
    }

    [Fact]
    public async Task Date_of_the_same_second_tells_nothing()
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 1_000_000 : long.MaxValue);
            context.Response.Headers.Date = Long.ToString("R");
            return WebServer.FileAsync(context, Image, null, Long);
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image));
        Assert.All(server.Requests, r => Assert.Null(r.Range));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_fetcher_goes_on_where_one_was_cancelled(bool checksum)
    {
        using var cancel = new CancellationTokenSource();
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.WaitAfter(context, n == 0 ? 1_000_000 : long.MaxValue, Task.Delay(Timeout.Infinite, context.RequestAborted));
            return WebServer.FileAsync(context, Image);
        });
        using var fetcher = new Fetcher();
        var first = fetcher.FetchAsync(server.Image, checksum ? Right : null, cancel.Token);
        await UntilAsync(() => File.Exists(fetcher.Partial) && new FileInfo(fetcher.Partial).Length == 1_000_000, first);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Empty(fetcher.Store.Digests());

        using var next = new ImageFetcher(fetcher.Store, Fetcher.Hasty, TimeProvider.System, NullLogger.Instance);
        fetcher.AssertIs(Image, await next.FetchAsync(new ImageFetch("1", [server.Image], checksum ? Right : null, null, default, null), fetcher, default));
        Assert.Equal(["bytes=1000000-"], server.Requests.Skip(1).Select(r => r.Range));
    }

    [Fact]
    public async Task What_came_for_another_checksum_is_not_used()
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        using var fetcher = new Fetcher();
        await using (var partial = fetcher.OpenPartial())
        {
            await partial.AppendAsync(TestImage.Other.AsMemory(0, 1_000_000), default);
            partial.SetNote(new RemoteFile(server.Image.AbsoluteUri, server.Image.AbsoluteUri, "\"1\"", null, Image.Length, TestImage.Sha256(TestImage.Other), false).Write());
        }

        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, Right));
        Assert.Null(Assert.Single(server.Requests).Range);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"url\":1,\"place\":2,\"pieced\":3}")]
    public async Task Note_that_makes_no_sense_means_a_new_beginning(string note)
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        using var fetcher = new Fetcher();
        await using (var partial = fetcher.OpenPartial())
        {
            await partial.AppendAsync(TestImage.Other.AsMemory(0, 1_000_000), default);
            partial.SetNote(note);
        }

        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, Right));
        Assert.Null(Assert.Single(server.Requests).Range);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task File_that_changes_meanwhile_is_fetched_anew(bool heedsConditions, bool checksum)
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            if (!heedsConditions)
            {
                context.Request.Headers.IfRange = default;
            }

            WebServer.BreakAfter(context, n == 0 ? 1_000_000 : long.MaxValue);
            return n == 0 ? WebServer.FileAsync(context, TestImage.Other, "\"old\"") : WebServer.FileAsync(context, Image, "\"new\"");
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, checksum ? Right : null));
    }

    [Fact]
    public async Task Whole_file_is_not_asked_for_again()
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        using var fetcher = new Fetcher();
        await using (var partial = fetcher.OpenPartial())
        {
            await partial.AppendAsync(Image, default);
            partial.SetNote(new RemoteFile(server.Image.AbsoluteUri, server.Image.AbsoluteUri, null, null, Image.Length, Right, false).Write());
        }

        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, Right));
        Assert.Empty(server.Requests);
    }

    internal static async Task UntilAsync(Func<bool> condition, Task failing)
    {
        using var limit = new CancellationTokenSource(Fetcher.Limit);
        while (!condition())
        {
            Assert.False(failing.IsFaulted, failing.Exception?.ToString());
            await Task.Delay(10, limit.Token);
        }
    }
}
