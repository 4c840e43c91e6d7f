using System.Globalization;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>Fetches in processes of their own: killed, without room on the disk, and behind proxies.</summary>
public sealed class ProcessTests
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly Checksum Right = TestImage.Sha256(Image);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_fetch_is_gone_on_with(bool compressed)
    {
        const int kills = 6;
        var bytes = compressed ? TestImage.Gzip(Image) : Image;
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            // It comes some way and then waits to be killed.
            WebServer.StallAfter(context, n < kills ? Random.Shared.Next(100_000, bytes.Length / (kills + 1)) : long.MaxValue);
            return WebServer.FileAsync(context, bytes);
        });
        using var fetcher = new Fetcher();
        var recorded = new List<long>();
        for (var kill = 0; kill < kills; kill++)
        {
            var before = recorded.LastOrDefault();
            using var process = ChildFetch.Start(ChildFetch.Command(fetcher.Directory, server.Image, TestImage.Sha256(bytes)));
            try
            {
                var exit = process.WaitForExitAsync();
                await ResumeTests.UntilAsync(() => exit.IsCompleted || Recorded(fetcher) > before, exit);
                await Task.Delay(Random.Shared.Next(50));
            }
            finally
            {
                process.Kill();
                Assert.True(process.WaitForExit(Fetcher.Limit));
            }

            recorded.Add(Recorded(fetcher));
            Assert.Empty(fetcher.Store.Digests());
        }

        using var last = ChildFetch.Start(ChildFetch.Command(fetcher.Directory, server.Image, TestImage.Sha256(bytes)));
        Assert.Equal(Right.ToString(), await last.EndAsync());
        Assert.Equal(Image, File.ReadAllBytes(fetcher.Store.Find(Right.ToString())!));

        // Each went on from exactly what was recorded, and so every recorded byte came once.
        Assert.Equal(recorded.Order(), recorded);
        Assert.Equal([null, .. recorded.Select(r => $"bytes={r}-")], server.Requests.Select(r => r.Range));
        fetcher.Store.SweepPartial();
        fetcher.AssertNothingPartial();
    }

    [Fact]
    public async Task Full_disk_is_named_and_what_came_stays_for_later()
    {
        // A file system of 2 MiB in a mount namespace of its own: gone with the process.
        using var directory = new TestDirectory();
        string[] small = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs -o size=2m tmpfs \"$0\" && \"$@\"; ls -s \"$0\"/partial", directory.Path];
        if (Shell.Try(small[0], [.. small[1..6], "true"]).ExitCode != 0)
        {
            return; // The kernel forbids namespaces to this user: no way to a full disk here.
        }

        await using var server = await WebServer.StartAsync((context, n) => n == 0 ? WebServer.FileAsync(context, Image) : context.Response.Body.WriteAsync(Image).AsTask());
        using var announced = ChildFetch.Start([.. small, .. ChildFetch.Command(directory.Path, server.Image, Right)]);
        Assert.StartsWith("ResourceExhausted what is missing of the image needs 3", await announced.EndAsync(), StringComparison.Ordinal);

        using var unannounced = ChildFetch.Start([.. small, .. ChildFetch.Command(directory.Path, server.Image, Right)]);
        var lines = (await unannounced.EndAsync()).Split('\n');
        Assert.StartsWith("ResourceExhausted pull-1 needs more room: the file system of", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, l => l.EndsWith(" pull-1", StringComparison.Ordinal) && int.Parse(l.Trim().Split(' ')[0], CultureInfo.InvariantCulture) > 1500);
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData("http_proxy")]
    [InlineData("all_proxy")]
    [InlineData("ALL_PROXY")]
    public async Task Proxy_of_the_environment_is_used(string variable)
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        using var proxy = new ProxyServer();
        Assert.Equal(Right.ToString(), await FetchAsync(server.Image, (variable, proxy.Url.AbsoluteUri)));
        Assert.Equal([$"GET {server.Image} HTTP/1.1"], proxy.Lines);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Name_that_only_the_proxy_knows_is_asked_of_the_proxy()
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        using var proxy = new ProxyServer();
        var output = await FetchAsync(new Uri("https://mirror.invalid/disk"), ("https_proxy", proxy.Url.AbsoluteUri));
        Assert.Contains("CONNECT mirror.invalid:443 HTTP/1.1", proxy.Lines);
        Assert.StartsWith("Unavailable the image could not be fetched: https://mirror.invalid/disk ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tunnel_of_the_proxy_does_not_make_a_certificate_good()
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image), https: true);
        using var proxy = new ProxyServer();
        var output = await FetchAsync(server.Image, ("https_proxy", proxy.Url.AbsoluteUri));
        Assert.Equal([$"CONNECT {server.Image.Authority} HTTP/1.1"], proxy.Lines);
        Assert.Contains("is not trusted over TLS", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_that_are_excepted_are_asked_directly()
    {
        await using var server = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        using var proxy = new ProxyServer();
        Assert.Equal(Right.ToString(), await FetchAsync(server.Image, ("http_proxy", proxy.Url.AbsoluteUri), ("no_proxy", "example.com,127.0.0.1")));
        Assert.Empty(proxy.Lines);
    }

    private static async Task<string> FetchAsync(Uri url, params (string, string)[] environment)
    {
        using var directory = new TestDirectory();
        using var process = ChildFetch.Start(ChildFetch.Command(directory.File("images"), url, Right), environment);
        return await process.EndAsync();
    }

    private static long Recorded(Fetcher fetcher) =>
        File.Exists(fetcher.Partial + ".offset") && long.TryParse(File.ReadAllText(fetcher.Partial + ".offset").Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : 0;
}
