using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;

namespace Qvmc.Images.Tests.Fetching;

public sealed class ChecksumSourceTests
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly Checksum Right = TestImage.Sha256(Image);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task List_is_fetched_and_believed(bool right)
    {
        var list = $"{TestImage.Sha256(TestImage.Other).Hex}  other.qcow2\n{TestImage.Sha256(right ? Image : TestImage.Other).Hex}  disk.qcow2\n";
        await using var server = await WebServer.StartAsync((context, n) => context.Request.Path == "/images/SHA256SUMS" ? context.Response.WriteAsync(list) : WebServer.FileAsync(context, Image));
        using var fetcher = new Fetcher();
        var sums = new Uri(server.Image, "SHA256SUMS");
        if (right)
        {
            var result = await fetcher.FetchAsync([server.Image], checksums: sums);
            fetcher.AssertIs(Image, result);
            Assert.Equal(Right, result.Checksum);
            Assert.Equal(["/images/SHA256SUMS", "/images/disk.qcow2"], server.Requests.Select(r => r.Target));
        }
        else
        {
            Assert.Contains($"should be {TestImage.Sha256(TestImage.Other)}", (await fetcher.FaultAsync([server.Image], checksums: sums)).Message, StringComparison.Ordinal);
            fetcher.AssertNothingPartial();
        }
    }

    [Fact]
    public async Task Strongest_checksum_counts()
    {
        var list = $"{TestImage.Sha256(Image).Hex}  disk.qcow2\n{TestImage.Sha512(TestImage.Other).Hex}  disk.qcow2\n";
        await using var server = await ListAsync(list);
        using var fetcher = new Fetcher();
        var fault = await fetcher.FaultAsync([server.Image], checksums: new Uri(server.Root, "/sums"));
        Assert.Contains($"should be {TestImage.Sha512(TestImage.Other)}", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publisher_who_changes_list_and_file_meanwhile_is_understood()
    {
        var lists = 0;
        await using var server = await WebServer.StartAsync((context, _) => context.Request.Path == "/sums"
            ? context.Response.WriteAsync($"{(Interlocked.Increment(ref lists) == 1 ? TestImage.Sha256(TestImage.Other) : Right).Hex}  disk.qcow2")
            : WebServer.FileAsync(context, Image));
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync([server.Image], checksums: new Uri(server.Root, "/sums")));
        Assert.Equal(2, lists);
    }

    [Fact]
    public async Task Mirror_may_have_another_name_for_the_file()
    {
        await using var server = await ListAsync($"{Right.Hex}  debian.qcow2");
        using var fetcher = new Fetcher();
        Uri[] urls = [new(server.Root, "/latest"), new(server.Root, "/debian.qcow2")];
        fetcher.AssertIs(Image, await fetcher.FetchAsync(urls, checksums: new Uri(server.Root, "/sums")));
    }

    [Fact]
    public async Task List_in_trouble_is_tried_again()
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            context.Response.StatusCode = n < 3 ? 503 : 200;
            return n < 3 ? Task.CompletedTask : context.Request.Path == "/sums" ? context.Response.WriteAsync(Right.Hex) : WebServer.FileAsync(context, Image);
        });
        using var fetcher = new Fetcher();
        fetcher.AssertIs(Image, await fetcher.FetchAsync([server.Image], checksums: new Uri(server.Root, "/sums")));
    }

    [Theory]
    [InlineData(404, "", FaultCode.NotFound, "the list of checksums could not be fetched: {0} answered 404")]
    [InlineData(503, "", FaultCode.Unavailable, "the list of checksums could not be fetched: {0} answered 503 (not available now) (5 attempts)")]
    [InlineData(200, "nothing", FaultCode.FailedPrecondition, "{0}: the list of checksums has no SHA-256 or SHA-512 checksum in it")]
    [InlineData(200, null, FaultCode.FailedPrecondition, "the list of checksums could not be fetched: {0} has more than 1 MiB")]
    public async Task Without_the_list_nothing_is_fetched(int status, string? list, FaultCode code, string message)
    {
        await using var server = await WebServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(list ?? new string('\n', (1 << 20) + 1));
        });
        using var fetcher = new Fetcher();
        var sums = new Uri(server.Root, "/sums");
        var fault = await fetcher.FaultAsync([server.Image], checksums: sums);
        Assert.Equal(code, fault.Code);
        Assert.StartsWith(string.Format(null, message, sums), fault.Message, StringComparison.Ordinal);
        Assert.All(server.Requests, r => Assert.Equal("/sums", r.Target));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_here_is_not_fetched_again(bool list)
    {
        await using var server = await ListAsync($"{Right.Hex}  disk.qcow2\n{TestImage.Sha512(Image).Hex}  disk.qcow2");
        using var fetcher = new Fetcher();
        var sums = new Uri(server.Root, "/sums");
        var result = await fetcher.FetchAsync([server.Image], list ? null : Right, list ? sums : null, present: Right);
        Assert.Equal(new ImageFetchResult(null, server.Image, Right), result);
        Assert.DoesNotContain(server.Requests, r => r.Target != "/sums");

        var newer = await fetcher.FetchAsync([server.Image], list ? null : Right, list ? sums : null, present: TestImage.Sha256(TestImage.Other));
        fetcher.AssertIs(Image, newer);
    }

    [Fact]
    public async Task Without_a_checksum_it_is_fetched_again()
    {
        await using var server = await ListAsync("");
        using var fetcher = new Fetcher();
        var result = await fetcher.FetchAsync([server.Image], present: Right);
        fetcher.AssertIs(Image, result);
        Assert.Null(result.Checksum);
    }

    private static Task<WebServer> ListAsync(string list) =>
        WebServer.StartAsync((context, _) => context.Request.Path == "/sums" ? context.Response.WriteAsync(list) : WebServer.FileAsync(context, Image));
}
