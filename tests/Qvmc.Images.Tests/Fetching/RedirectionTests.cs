using System.Security.Cryptography.X509Certificates;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>Servers that send elsewhere.</summary>
public sealed class RedirectionTests
{
    private static readonly byte[] Image = TestImage.Bytes;
    private static readonly Checksum Right = TestImage.Sha256(Image);

    [Fact]
    public async Task Redirections_are_followed_but_not_for_ever()
    {
        await using var server = await WebServer.StartAsync((context, n) =>
        {
            if (n < 5)
            {
                context.Response.Redirect($"/{n}");
                return Task.CompletedTask;
            }

            return WebServer.FileAsync(context, Image);
        });
        using var fetcher = new Fetcher();
        var result = await fetcher.FetchAsync(server.Image, Right);
        fetcher.AssertIs(Image, result);
        Assert.Equal(server.Image, result.Url);

        await using var circle = await WebServer.StartAsync((context, _) =>
        {
            context.Response.Redirect("/round");
            return Task.CompletedTask;
        });
        using var second = new Fetcher();
        var fault = await second.FaultAsync([circle.Image]);
        Assert.Contains("answered 302 (it leads on and on, more than 10 times)", fault.Message, StringComparison.Ordinal);
        Assert.Equal(11, circle.Requests.Count);
    }

    [Fact]
    public async Task Redirections_lead_to_nothing_less_safe()
    {
        await using var http = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image));
        await using var server = await WebServer.StartAsync(
            (context, _) =>
            {
                context.Response.Redirect(http.Image.AbsoluteUri);
                return Task.CompletedTask;
            },
            https: true);
        using var fetcher = new Fetcher(adjust: handler => handler.SslOptions.CertificateChainPolicy = Trust(server.Certificate));
        var fault = await fetcher.FaultAsync([server.Image], Right);
        Assert.EndsWith("answered 302 (it leads from https to http, and is not followed)", fault.Message, StringComparison.Ordinal);
        Assert.Empty(http.Requests);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Http_may_lead_to_https()
    {
        await using var https = await WebServer.StartAsync((context, _) => WebServer.FileAsync(context, Image), https: true);
        await using var server = await WebServer.StartAsync((context, _) =>
        {
            context.Response.Redirect(https.Image.AbsoluteUri);
            return Task.CompletedTask;
        });
        using var fetcher = new Fetcher(adjust: handler => handler.SslOptions.CertificateChainPolicy = Trust(https.Certificate));
        fetcher.AssertIs(Image, await fetcher.FetchAsync(server.Image, Right));
    }

    private static X509ChainPolicy Trust(X509Certificate2? root) => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { root! },
        RevocationMode = X509RevocationMode.NoCheck,
    };
}
