using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;

namespace Qvmc.Images.Tests.Fetching;

public sealed class MirrorTests
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly Checksum Right = TestImage.Sha256(Image);

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(403)]
    [InlineData(401)]
    [InlineData(400)]
    [InlineData(204)]
    public async Task Mirror_that_does_not_have_it_is_asked_once(int status)
    {
        await using var bad = await StatusAsync(status);
        await using var good = await GoodAsync();
        using var fetcher = new Fetcher();
        var result = await fetcher.FetchAsync([bad.Image, good.Image], Right);
        fetcher.AssertIs(Image, result);
        Assert.Equal(good.Image, result.Url);
        Assert.Single(bad.Requests);
        Assert.Contains(fetcher.Told, p => p.Trouble.StartsWith($"{bad.Image.Authority} answered {status}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task Mirror_in_trouble_is_asked_five_times(int status)
    {
        await using var bad = await StatusAsync(status);
        await using var good = await GoodAsync();
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync([bad.Image, good.Image], Right));
        Assert.Equal(5, bad.Requests.Count);
        Assert.Contains(fetcher.Told, p => p.Trouble.StartsWith($"{bad.Image.Authority} answered {status}", StringComparison.Ordinal)
            && p.Trouble.EndsWith("; next attempt in 1 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fault_names_every_mirror_and_what_it_did()
    {
        await using var missing = await StatusAsync(404);
        await using var forbidden = await StatusAsync(403);
        await using var busy = await StatusAsync(503);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var closed = new Uri($"http://{listener.LocalEndpoint}/disk");
        listener.Stop();
        using var fetcher = new Fetcher();
        var fault = await fetcher.FaultAsync([missing.Image, forbidden.Image, busy.Image, closed]);
        Assert.Equal(FaultCode.Unavailable, fault.Code);
        Assert.StartsWith(
            $"the image could not be fetched: {missing.Image} answered 404 (there is no such file); "
            + $"{forbidden.Image} answered 403 (it gives the file to nobody, or not to us); {busy.Image} answered 503 (not available now) (5 attempts); "
            + $"{closed} refuses connections: ",
            fault.Message,
            StringComparison.Ordinal);
        fetcher.AssertNothingPartial();
        Assert.Equal(FaultCode.NotFound, (await fetcher.FaultAsync([missing.Image, missing.Image])).Code);
    }

    [Fact]
    public async Task Names_that_nobody_knows_are_told()
    {
        using var fetcher = new Fetcher();
        var fault = await fetcher.FaultAsync([new Uri("http://user:secret@mirror.invalid/disk")]);
        Assert.Contains("http://mirror.invalid/disk can't be found by its name: ", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(fetcher.Told, p => p.Trouble.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Certificate_that_nobody_vouches_for_is_refused_at_once()
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image), https: true);
        using var fetcher = new Fetcher();
        var fault = await fetcher.FaultAsync([server.Image], Right);
        Assert.Contains($"{server.Image} is not trusted over TLS: ", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("attempts", fault.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Server_that_speaks_no_http_is_told()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepting = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync("SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray());
            }
        });
        using var fetcher = new Fetcher();
        var fault = await fetcher.FaultAsync([new Uri($"http://{listener.LocalEndpoint}/disk")]);
        Assert.Contains("answers in a way that makes no sense", fault.Message, StringComparison.Ordinal);
        Assert.Contains("over TLS", (await fetcher.FaultAsync([new Uri($"https://{listener.LocalEndpoint}/disk")])).Message.Replace("before TLS is agreed upon", "over TLS", StringComparison.Ordinal), StringComparison.Ordinal);
        listener.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => accepting);
    }

    [Fact]
    public async Task Wrong_bytes_are_tried_at_one_more_mirror()
    {
        await using var bad = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, TestImage.Other));
        await using var good = await GoodAsync();
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync([bad.Image, good.Image], Right));
        Assert.Equal([null], good.Requests.Select(r => r.Range));

        using var second = new Fetcher();
        var fault = await second.FaultAsync([bad.Image, bad.Image, good.Image], Right);
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains($"{bad.Image} has other bytes than its publisher says: their checksum is {TestImage.Sha256(TestImage.Other)} and should be {Right}", fault.Message, StringComparison.Ordinal);
        second.AssertNothingPartial();
        Assert.Single(good.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sha512_is_checked_too(bool right)
    {
        await using var server = await GoodAsync();
        using var fetcher = new Fetcher();
        var checksum = TestImage.Sha512(right ? Image : TestImage.Other);
        if (right)
        {
            var result = await fetcher.FetchAsync(server.Image, checksum);
            fetcher.AssertIs(Image, result);
            Assert.Equal(checksum, result.Checksum);
        }
        else
        {
            Assert.Contains($"their checksum is {TestImage.Sha512(Image)} and should be {checksum}", (await fetcher.FaultAsync([server.Image], checksum)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Bytes_that_are_no_image_are_no_reason_to_stop_at_a_mirror()
    {
        await using var bad = await WebServer.StartAsync((context, _) => context.Response.WriteAsync("<html><body>Please sign in to this network</body></html>"));
        await using var good = await GoodAsync();
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync([bad.Image, good.Image]));
        using var second = new Fetcher();
        var fault = await second.FaultAsync([bad.Image]);
        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.Contains($"{bad.Image} has bytes that are of no use: the image is refused", fault.Message, StringComparison.Ordinal);
        second.AssertNothingPartial();
    }

    [Fact]
    public async Task Missing_qemu_img_is_no_mirrors_fault()
    {
        await using var server = await GoodAsync();
        using var directory = new TestDirectory();
        using var images = new ImageFetcher(
            new ImageStore(directory.File("images"), new QemuImg("qemu-img-of-nowhere"), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance),
            Fetcher.Hasty,
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var fault = await Assert.ThrowsAsync<FaultException>(() => images.FetchAsync(new ImageFetch("1", [server.Image, server.Image], Right, null, default, null), new Progress<FetchProgress>(), default));
        Assert.Contains("apt install qemu-utils", fault.Message, StringComparison.Ordinal);

        // Once it is installed, the bytes are still here.
        Assert.Equal(Image.Length, new FileInfo(directory.File("images/partial/pull-1")).Length);
        Assert.Single(server.Requests);
    }

    private static Task<WebServer> GoodAsync() => WebServer.StartAsync((context, _) => GoodAsync(context));

    private static Task GoodAsync(HttpContext context)
    {
        context.Response.StatusCode = 200;
        return WebServer.FileAsync(context, Image);
    }

    private static Task<WebServer> StatusAsync(int status) => WebServer.StartAsync((context, _) =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    });
}
