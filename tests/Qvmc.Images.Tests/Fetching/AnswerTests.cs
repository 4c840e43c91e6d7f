using System.Net;
using System.Net.Sockets;
using System.Text;
using Qvmc.Core.Faults;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>Servers that answer strangely, slowly or not at all.</summary>
public sealed class AnswerTests
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly Checksum Right = TestImage.Sha256(Image);
    private static readonly ImageFetcherOptions Impatient = Fetcher.Hasty with { StallLimit = TimeSpan.FromMilliseconds(400) };

    [Fact]
    public async Task Silence_in_the_middle_is_broken_off()
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            WebServer.StallAfter(context, n == 0 ? 1_000_000 : long.MaxValue);
            return WebServer.FileAsync(context, Image);
        });
        using var fetcher = new Fetcher(Impatient);
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, Right));
        Assert.Contains(fetcher.Told, p => p.Trouble == $"{server.Image.Authority} has sent nothing for 0.4 s; next attempt in 1 s" && p.DoneBytes > 0);
        Assert.Equal("bytes=1000000-", server.Requests.ElementAt(1).Range);
    }

    [Fact]
    public async Task Silence_from_the_start_is_broken_off()
    {
        await using var server = await WebServer.StartAsync((context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var fetcher = new Fetcher(Impatient with { Attempts = 2 });
        var fault = await fetcher.FaultAsync([server.Image], Right);
        Assert.Equal($"the image could not be fetched: {server.Image} does not answer for 0.4 s (2 attempts)", fault.Message);
        Assert.Equal(FaultCode.Unavailable, fault.Code);
    }

    [Fact]
    public async Task Slow_is_not_silent()
    {
        var time = new ManualTime();
        var gates = Enumerable.Range(0, 5).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        await using var server = await WebServer.StartAsync(async (context, _) =>
        {
            context.Response.ContentLength = Image.Length;
            for (var i = 0; i < gates.Length; i++)
            {
                await context.Response.Body.WriteAsync(Image.AsMemory(i * 1000, 1000));
                await gates[i].Task;
            }

            await context.Response.Body.WriteAsync(Image.AsMemory(gates.Length * 1000));
        });
        using var fetcher = new Fetcher(new ImageFetcherOptions(), time);
        var fetching = fetcher.FetchAsync(server.Image, Right);
        for (var i = 0; i < gates.Length; i++)
        {
            // 29 seconds between one thousand bytes and the next: more than two minutes in all.
            await ResumeTests.UntilAsync(() => File.Exists(fetcher.Partial) && new FileInfo(fetcher.Partial).Length == (i + 1) * 1000, fetching);
            time.Advance(TimeSpan.FromSeconds(29));
            gates[i].SetResult();
        }

        fetcher.AssertIs(Image, await fetching);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Length_need_not_be_known(bool checksum)
    {
        await using var server = await WebServer.StartAsync(async (context, n) =>
        {
            context.Response.Headers.ETag = "\"1\"";
            if (n == 1)
            {
                await WebServer.FileAsync(context, Image);
                return;
            }

            // No length: it comes in chunks, and the last one does not come.
            await context.Response.Body.WriteAsync(Image.AsMemory(0, 2_000_000));
            await context.Response.Body.FlushAsync();
            throw new IOException("broken on purpose");
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, checksum ? Right : null));
        Assert.Equal([null, "bytes=2000000-"], server.Requests.Select(r => r.Range));
        Assert.Contains(fetcher.Told, p => p is { TotalBytes: null, DoneBytes: > 0 });

        await using var chunked = await WebServer.StartAsync(async (context, _) => await context.Response.Body.WriteAsync(Image));
        using var second = new Fetcher();
        second.AssertIs(Image, await second.FetchAsync(chunked.Image, checksum ? Right : null));
        Assert.Single(chunked.Requests);
    }

    [Fact]
    public async Task Longer_than_it_said_is_cut_by_http_and_found_by_the_checksum()
    {
        var head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {Image.Length - 512}\r\n\r\n");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            _ = await client.GetStream().ReadAsync(new byte[4096]);
            await client.GetStream().WriteAsync((byte[])[.. head, .. Image]);
        });
        using var fetcher = new Fetcher();
        var fault = await fetcher.FaultAsync([new Uri($"http://{listener.LocalEndpoint}/disk")], Right);
        Assert.Contains("has other bytes than its publisher says", fault.Message, StringComparison.Ordinal);
        fetcher.AssertNothingPartial();
        await serving.WaitAsync(Fetcher.Limit);
    }

    [Fact]
    public async Task Shorter_than_it_always_says_is_given_up()
    {
        await using var server = await WebServer.StartAsync(async (context, _) =>
        {
            context.Response.ContentLength = Image.Length + 512;
            await context.Response.Body.WriteAsync(Image);
        });
        using var fetcher = new Fetcher();
        var fault = await fetcher.FaultAsync([server.Image], Right);
        Assert.Contains($"{server.Image} broke off after", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rest_that_is_more_than_was_missing_is_not_taken()
    {
        await using var server = await WebServer.StartAsync(async (context, n) =>
        {
            WebServer.BreakAfter(context, n == 0 ? 1_000_000 : long.MaxValue);
            if (n != 1)
            {
                await WebServer.FileAsync(context, Image);
                return;
            }

            context.Response.StatusCode = 206;
            context.Response.Headers.ETag = "\"1\"";
            context.Response.Headers.ContentRange = $"bytes 1000000-{Image.Length - 1}/{Image.Length}";
            await context.Response.Body.WriteAsync(Image.AsMemory(1_000_000));
            await context.Response.Body.WriteAsync(Image);
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image));
        Assert.Contains(fetcher.Told, p => p.Trouble.StartsWith($"{server.Image.Authority} sends more than it said", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Larger_than_allowed_is_refused(bool announced)
    {
        await using var server = await WebServer.StartAsync((context, _) => announced ? WebServer.FileAsync(context, Image) : context.Response.Body.WriteAsync(Image).AsTask());
        using var fetcher = new Fetcher(Fetcher.Hasty with { MaxBytes = 2 << 20 });
        var fault = await fetcher.FaultAsync([server.Image], Right);
        Assert.Equal(FaultCode.ResourceExhausted, fault.Code);
        Assert.Matches($"has (more|3.* MiB), and at most 2 MiB are allowed; allow more in the configuration", fault.Message);
        Assert.Single(server.Requests);
        fetcher.AssertNothingPartial();
    }

    [Fact]
    public async Task Larger_than_the_disk_is_refused_before_it_comes()
    {
        await using var server = await WebServer.StartAsync(async (context, _) =>
        {
            context.Response.ContentLength = 1L << 39;
            await context.Response.Body.WriteAsync(Image);
        });
        using var fetcher = new Fetcher(Fetcher.Hasty with { MaxBytes = long.MaxValue });
        var fault = await fetcher.FaultAsync([server.Image, server.Image], Right);
        Assert.Equal(FaultCode.ResourceExhausted, fault.Code);
        Assert.Contains("what is missing of the image needs 512 GiB, and the file system of", fault.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Empty_file_is_refused()
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, []));
        using var fetcher = new Fetcher();
        Assert.Contains($"{server.Image} has an empty file", (await fetcher.FaultAsync([server.Image])).Message, StringComparison.Ordinal);
        fetcher.AssertNothingPartial();
    }

    [Fact]
    public async Task Encoding_that_nobody_asked_for_is_refused()
    {
        await using var server = await WebServer.StartAsync((context, _) =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return WebServer.FileAsync(context, TestImage.Gzip(Image));
        });
        using var fetcher = new Fetcher();
        var fault = await fetcher.FaultAsync([server.Image], Right);
        Assert.Contains($"{server.Image} sends the file encoded (gzip), although it was asked not to", fault.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }
}
