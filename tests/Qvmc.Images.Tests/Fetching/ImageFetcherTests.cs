using Qvmc.Core.Faults;

namespace Qvmc.Images.Tests.Fetching;

public sealed class ImageFetcherTests : IDisposable
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly Checksum Right = TestImage.Sha256(Image);
    private readonly TestDirectory _files = new();

    [Theory]
    [InlineData("file://{0}/a%20disk.qcow2")]
    [InlineData("file://localhost{0}/a%20disk.qcow2")]
    public async Task File_comes_by_its_url(string url)
    {
        File.WriteAllBytes(_files.File("a disk.qcow2"), Image);
        File.WriteAllText(_files.File("SHA256SUMS"), $"{Right.Hex}  a disk.qcow2");
        using var fetcher = new Fetcher(Fetcher.Hasty with { OpenFile = File.OpenRead });
        var uri = new Uri(string.Format(null, url, _files.Path));
        var result = await fetcher.FetchAsync([uri], checksums: new Uri(uri, "SHA256SUMS"));
        fetcher.AssertIs(Image, result);
        Assert.Equal((uri, Right), (result.Url, result.Checksum));

        // Its bytes are here from the beginning.
        Assert.All(fetcher.Told, t => Assert.Equal(FetchPhase.Preparing, t.Phase));
        Assert.NotEmpty(fetcher.Told);
    }

    [Fact]
    public async Task File_of_other_bytes_is_refused()
    {
        File.WriteAllBytes(_files.File("disk.qcow2"), TestImage.Other);
        using var fetcher = new Fetcher(Fetcher.Hasty with { OpenFile = File.OpenRead });
        var fault = await fetcher.FaultAsync([new Uri($"file://{_files.Path}/disk.qcow2")], Right);
        Assert.Contains($"is {TestImage.Sha256(TestImage.Other)} and should be {Right}", fault.Message, StringComparison.Ordinal);
        fetcher.AssertNothingPartial();
    }

    [Fact]
    public async Task File_that_nobody_may_open_is_refused_and_a_mirror_is_asked()
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        using var closed = new Fetcher();
        var file = new Uri("file:///etc/passwd");
        var fault = await closed.FaultAsync([file]);
        Assert.Equal(FaultCode.PermissionDenied, fault.Code);
        Assert.Equal("the image could not be fetched: file:///etc/passwd is a file of this host's, and those are not allowed: import or upload the image instead", fault.Message);
        closed.AssertIs(Image, await closed.FetchAsync([file, server.Image], Right));

        using var open = new Fetcher(Fetcher.Hasty with { OpenFile = path => throw FaultException.Invalid([new FieldFault("path", $"{path} is outside")]) });
        Assert.Equal("the image could not be fetched: file:///etc/passwd can't be opened: path: /etc/passwd is outside", (await open.FaultAsync([file])).Message);
        Assert.Contains("another host's", (await open.FaultAsync([new Uri("file://server/share/disk")])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_is_told_to_the_last_byte_and_what_is_in_the_way_at_once()
    {
        var stalled = new TaskCompletionSource();
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            if (n == 0)
            {
                WebServer.BreakAfter(context, 2_000_000);
            }
            else
            {
                WebServer.WaitAfter(context, 500_000, stalled.Task);
            }

            return WebServer.FileAsync(context, Image);
        });
        using var fetcher = new Fetcher();
        var fetching = fetcher.FetchAsync(server.Image, Right);

        // Nothing comes any more, and what came last is told all the same.
        await ResumeTests.UntilAsync(() => fetcher.Told.Any(t => t.DoneBytes == 2_500_000), fetching);
        stalled.SetResult();
        fetcher.AssertIs(Image, await fetching);
        var trouble = Assert.Single(fetcher.Told, t => t.Trouble.Length > 0);
        Assert.StartsWith($"{server.Image.Authority} broke off after 1.9 MiB of 3", trouble.Trouble, StringComparison.Ordinal);
        Assert.Equal((2_000_000, Image.Length), (trouble.DoneBytes, trouble.TotalBytes));
        Assert.Equal((2_000_000, ""), fetcher.Told.SkipWhile(t => t != trouble).Skip(1).Select(t => (t.DoneBytes, t.Trouble)).First());
        Assert.Contains(fetcher.Told, t => t is { Phase: FetchPhase.Preparing, Trouble: "" });
    }

    [Fact]
    public async Task Second_fetch_of_an_id_is_refused_and_harms_nothing()
    {
        var go = new TaskCompletionSource();
        await using var server = await WebServer.StartAsync((context, _) =>
        {
            WebServer.WaitAfter(context, 1_000_000, go.Task);
            return WebServer.FileAsync(context, Image);
        });
        using var fetcher = new Fetcher();
        var first = fetcher.FetchAsync(server.Image, Right);
        await ResumeTests.UntilAsync(() => File.Exists(fetcher.Partial) && new FileInfo(fetcher.Partial).Length == 1_000_000, first);
        var fault = await Assert.ThrowsAsync<FaultException>(() => fetcher.FetchAsync(server.Image, Right));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Equal(FaultCode.FailedPrecondition, Assert.Throws<FaultException>(() => fetcher.Images.Abandon("1")).Code);
        go.SetResult();
        fetcher.AssertIs(Image, await first);
    }

    [Fact]
    public async Task Abandoned_fetch_leaves_nothing()
    {
        using var fetcher = new Fetcher();
        fetcher.Images.Abandon("1");
        await using (var partial = fetcher.OpenPartial())
        {
            await partial.AppendAsync(Image, default);
        }

        fetcher.Images.Abandon("1");
        fetcher.AssertNothingPartial();
    }

    [Fact]
    public async Task Address_of_another_kind_is_refused()
    {
        using var fetcher = new Fetcher();
        var fault = await fetcher.FaultAsync([new Uri("ftp://127.0.0.1/disk")]);
        Assert.Equal((FaultCode.InvalidArgument, "the image could not be fetched: ftp://127.0.0.1/disk is no address that can be fetched from: there are http, https and file"), (fault.Code, fault.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("A")]
    [InlineData("a.offset")]
    public void Id_is_no_path(string id)
    {
        using var fetcher = new Fetcher();
        Assert.Throws<ArgumentException>(() => fetcher.Images.Abandon(id));
    }

    [Fact]
    public async Task Many_at_once_do_not_mind_one_another()
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n % 3 == 0 ? 500_000 : long.MaxValue);
            return WebServer.FileAsync(context, Image);
        });
        using var fetcher = new Fetcher();
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            fetcher.Images.FetchAsync(new ImageFetch($"many-{i}", [server.Image], Right, null, default, null), fetcher, default).WaitAsync(Fetcher.Limit)));
        Assert.All(results, r => fetcher.AssertIs(Image, r));
    }

    public void Dispose() => _files.Dispose();
}
