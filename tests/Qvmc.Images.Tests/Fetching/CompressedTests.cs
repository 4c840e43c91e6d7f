namespace Qvmc.Images.Tests.Fetching;

/// <summary>Compressed sources: taken in while they come, and not an image before all was found right.</summary>
public sealed class CompressedTests : IDisposable
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly byte[] Gzip = TestImage.Gzip(Image);
    private static readonly Checksum Right = TestImage.Sha256(Gzip);
    private readonly TestDirectory _directory = new();

    [Theory]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public async Task It_comes_decompressed_and_goes_on_after_breaks(string tool)
    {
        File.WriteAllBytes(_directory.File("disk"), Image);
        var bytes = Shell.Bytes(tool, "-1", "-c", _directory.File("disk"));
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n < 5 ? 500_000 + (100_000 * n) : long.MaxValue);
            return WebServer.FileAsync(context, bytes, n < 3 ? "\"1\"" : "\"2\"");
        });
        using var fetcher = new Fetcher();
        var result = await fetcher.FetchAsync(server.Image, TestImage.Sha512(bytes));
        fetcher.AssertIs(Image, result);
        Assert.Equal(TestImage.Sha512(bytes), result.Checksum);
    }

    [Fact]
    public async Task It_is_decompressed_while_it_comes_and_no_image_before_its_end()
    {
        var last = new TaskCompletionSource();
        await using var server = await WebServer.StartAsync((context, _) =>
        {
            WebServer.WaitAfter(context, Gzip.Length - 1, last.Task);
            return WebServer.FileAsync(context, Gzip);
        });
        using var fetcher = new Fetcher();
        var fetching = fetcher.FetchAsync(server.Image, Right);
        string[] Adding() => Directory.Exists(Path.GetDirectoryName(fetcher.Partial)) ? Directory.GetFiles(Path.GetDirectoryName(fetcher.Partial)!, "add-*") : [];
        await ResumeTests.UntilAsync(() => Adding() is [var file] && new FileInfo(file).Length > 2_000_000, fetching);
        Assert.Empty(fetcher.Store.Digests());
        last.SetResult();
        fetcher.AssertIs(Image, await fetching);
    }

    [Fact]
    public async Task Wrong_checksum_makes_no_image_at_any_time()
    {
        await using var bad = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, TestImage.Gzip(TestImage.Other)));
        await using var good = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Gzip));
        using var fetcher = new Fetcher();
        var images = Directory.CreateDirectory(Path.Combine(fetcher.Directory, "sha256")).FullName;
        using var watcher = new FileSystemWatcher(images) { EnableRaisingEvents = true };
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string?>();
        watcher.Created += (_, e) => seen.Enqueue(e.Name);
        watcher.Renamed += (_, e) => seen.Enqueue(e.Name);

        var fault = await fetcher.FaultAsync([bad.Image], Right);
        Assert.Contains($"their checksum is {TestImage.Sha256(TestImage.Gzip(TestImage.Other))} and should be {Right}", fault.Message, StringComparison.Ordinal);
        fetcher.AssertNothingPartial();
        fetcher.AssertIs(Image, await fetcher.FetchAsync([bad.Image, good.Image], Right));
        await ResumeTests.UntilAsync(() => !seen.IsEmpty, Task.CompletedTask);
        Assert.All(seen, s => Assert.Equal(TestImage.Sha256(Image).Hex, s));
    }

    [Fact]
    public async Task File_that_changes_meanwhile_is_decompressed_anew()
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 2_000_000 : long.MaxValue);
            return n == 0 ? WebServer.FileAsync(context, TestImage.Gzip(TestImage.Other), "\"old\"") : WebServer.FileAsync(context, Gzip, "\"new\"");
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image));

        // What was compressed may be so no more.
        await using var plain = await WebServer.StartAsync((context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 2_000_000 : long.MaxValue);
            return n == 0 ? WebServer.FileAsync(context, Gzip, "\"old\"") : WebServer.FileAsync(context, TestImage.Other, "\"new\"");
        });
        using var second = new Fetcher();
        second.AssertIs(TestImage.Other, await second.FetchAsync(plain.Image));
    }

    [Fact]
    public async Task Damaged_bytes_are_found_before_all_have_come()
    {
        var bytes = Gzip.ToArray();
        Array.Fill(bytes, (byte)0xff, 1_000_000, 100);
        var never = new TaskCompletionSource();
        await using var bad = await WebServer.StartAsync((context, _) =>
        {
            WebServer.WaitAfter(context, bytes.Length - 500_000, never.Task);
            return WebServer.FileAsync(context, bytes);
        });
        await using var good = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Gzip));
        using var fetcher = new Fetcher(Fetcher.Hasty with { StallLimit = TimeSpan.FromSeconds(1) });
        fetcher.AssertIs(Image, await fetcher.FetchAsync([bad.Image, good.Image]));
        Assert.Contains(fetcher.Told, t => t.Trouble.StartsWith($"{bad.Image.Authority} has bytes that are of no use", StringComparison.Ordinal));
        never.SetResult();
    }

    [Fact]
    public async Task Cancelled_fetch_leaves_only_what_can_be_gone_on_with()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.StallAfter(context, n == 0 ? 2_000_000 : long.MaxValue);
            return WebServer.FileAsync(context, Gzip);
        });
        using var fetcher = new Fetcher();
        var fetching = fetcher.FetchAsync(server.Image, Right, cancel.Token);
        await ResumeTests.UntilAsync(() => File.Exists(fetcher.Partial) && new FileInfo(fetcher.Partial).Length == 2_000_000, fetching);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        Assert.Equal([fetcher.Partial, fetcher.Partial + ".offset"], Directory.GetFiles(Path.GetDirectoryName(fetcher.Partial)!).Order());
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, Right));
        Assert.Equal("bytes=2000000-", server.Requests.Last().Range);
    }

    public void Dispose() => _directory.Dispose();
}
