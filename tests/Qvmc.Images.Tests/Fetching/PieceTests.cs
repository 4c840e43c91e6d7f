namespace Qvmc.Images.Tests.Fetching;

/// <summary>Files whose pieces come from several mirrors.</summary>
public sealed class PieceTests
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly Checksum Right = TestImage.Sha256(Image);

    [Fact]
    public async Task Another_mirror_goes_on_where_the_first_broke_off()
    {
        await using var first = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 1_000_000 : 0);
            return WebServer.FileAsync(context, Image, "\"first\"");
        });
        await using var second = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image, "\"second\""));
        using var fetcher = new Fetcher();
        var result = await fetcher.FetchAsync([first.Image, second.Image], Right);
        fetcher.AssertIs(Image, result);
        Assert.Equal(second.Image, result.Url);
        Assert.Equal([("bytes=1000000-", null)], second.Requests.Select(r => (r.Range, r.IfRange)));
    }

    [Fact]
    public async Task Without_a_checksum_mirrors_are_not_mixed()
    {
        await using var first = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 1_000_000 : 0);
            return WebServer.FileAsync(context, TestImage.Other);
        });
        await using var second = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync([first.Image, second.Image]));
        Assert.Equal([null], second.Requests.Select(r => r.Range));
    }

    [Fact]
    public async Task Pieces_that_do_not_fit_are_nobodys_fault()
    {
        await using var first = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 1_000_000 : 0);
            return WebServer.FileAsync(context, TestImage.Other);
        });
        await using var second = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync([first.Image, second.Image], Right));
        Assert.Equal(["bytes=1000000-", null], second.Requests.Select(r => r.Range));
    }

    [Fact]
    public async Task Mirrors_behind_one_address_may_take_turns()
    {
        await using var mirrors = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 1_000_000 : long.MaxValue);
            return WebServer.FileAsync(context, Image, $"\"{context.Request.Path}\"");
        });
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            context.Response.Redirect(new Uri(mirrors.Root, $"/mirror{Math.Min(n, 1)}/disk.qcow2").AbsoluteUri);
            return Task.CompletedTask;
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, Right));
        Assert.Equal([null, "bytes=1000000-", "bytes=1000000-"], mirrors.Requests.Select(r => r.Range));
        Assert.Equal([null, "\"/mirror0/disk.qcow2\"", null], mirrors.Requests.Select(r => r.IfRange));
    }
}
