using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>A real server on loopback that does with each request what it is told to.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _count;

    private WebServer(WebApplication app, X509Certificate2? certificate) => (_app, Certificate) = (app, certificate);

    /// <summary>What it shows to those who come by https.</summary>
    internal X509Certificate2? Certificate { get; }

    internal ConcurrentQueue<SeenRequest> Requests { get; } = [];

    internal Uri Root => new(_app.Urls.Single());

    internal Uri Image => new(Root, "/images/disk.qcow2");

    /// <summary>Starts it.</summary>
    /// <param name="serve">Answers; is told the how-manyth request it is, from 0.</param>
    /// <param name="https">With a certificate that it made itself.</param>
    internal static async Task<WebServer> StartAsync(Func<HttpContext, int, Task> serve, bool https = false)
    {
        var certificate = https ? SelfSigned() : null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        var app = builder.Build();
        var server = new WebServer(app, certificate);
        app.Run(context => server.ServeAsync(context, serve));
        await app.StartAsync();
        return server;
    }

    /// <summary>The bytes as an honest server gives them: with ranges, and with conditions by its validators.</summary>
    internal static Task FileAsync(HttpContext context, byte[] bytes, string? etag = "\"1\"", DateTimeOffset? modified = null, bool ranges = true) =>
        Results.Bytes(bytes, "application/octet-stream", enableRangeProcessing: ranges, lastModified: modified, entityTag: etag is null ? null : EntityTagHeaderValue.Parse(etag)).ExecuteAsync(context);

    /// <summary>From here on the connection breaks after so many bytes of the body.</summary>
    internal static void BreakAfter(HttpContext context, long bytes) => Limit(context, bytes, () => throw new IOException("broken on purpose"));

    /// <summary>From here on nothing comes any more after so many bytes of the body.</summary>
    internal static void StallAfter(HttpContext context, long bytes) => Limit(context, bytes, () => Task.Delay(Timeout.Infinite, context.RequestAborted));

    /// <summary>Waits for something before what is beyond so many bytes of the body.</summary>
    internal static void WaitAfter(HttpContext context, long bytes, Task what) => Limit(context, bytes, () => what);

    private static void Limit(HttpContext context, long bytes, Func<Task> then) =>
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new LimitedBody(context.Response.Body, bytes, then), context.Features.Get<IHttpResponseBodyFeature>()!));

    private async Task ServeAsync(HttpContext context, Func<HttpContext, int, Task> serve)
    {
        var headers = context.Request.Headers;
        Requests.Enqueue(new SeenRequest(
            context.Request.Host.ToString(),
            context.Features.Get<IHttpRequestFeature>()!.RawTarget,
            (string?)headers.Range,
            (string?)headers.IfRange,
            (string?)headers.IfNoneMatch ?? (string?)headers.IfModifiedSince,
            (string?)headers.UserAgent,
            (string?)headers.AcceptEncoding));
        await serve(context, Interlocked.Increment(ref _count) - 1);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    public async ValueTask DisposeAsync()
    {
        // Those who stall do so until they are told to stop.
        using var at = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(at.Token);
        await _app.DisposeAsync();
        Certificate?.Dispose();
    }
}
