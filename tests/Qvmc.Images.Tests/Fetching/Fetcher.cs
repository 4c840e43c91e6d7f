using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>A fetcher in a directory of its own, in a hurry.</summary>
internal sealed class Fetcher : IProgress<FetchProgress>, IDisposable
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly TestDirectory _directory = new();

    internal Fetcher(ImageFetcherOptions? options = null, TimeProvider? time = null, Action<SocketsHttpHandler>? adjust = null)
    {
        Store = new ImageStore(Directory, new QemuImg(), NullLogger.Instance);
        Images = new ImageFetcher(Store, options ?? Hasty, time ?? TimeProvider.System, NullLogger.Instance, adjust);
    }

    internal static ImageFetcherOptions Hasty { get; } = new() { FirstDelay = TimeSpan.FromMilliseconds(2), LongestDelay = TimeSpan.FromMilliseconds(10) };

    internal ImageStore Store { get; }

    internal ImageFetcher Images { get; }

    internal string Directory => _directory.File("images");

    internal string Partial => Path.Combine(Directory, "partial", "pull-1");

    internal ConcurrentQueue<FetchProgress> Told { get; } = [];

    internal Task<ImageFetchResult> FetchAsync(Uri url, Checksum? checksum = null, CancellationToken ct = default) => FetchAsync([url], checksum, ct: ct);

    internal Task<ImageFetchResult> FetchAsync(Uri[] urls, Checksum? checksum = null, Uri? checksums = null, Checksum? present = null, string? version = null, CancellationToken ct = default) =>
        Images.FetchAsync(new ImageFetch("1", urls, checksum, checksums, ImageFormat.Unspecified, present, version), this, ct).WaitAsync(Limit, CancellationToken.None);

    internal async Task<FaultException> FaultAsync(Uri[] urls, Checksum? checksum = null, Uri? checksums = null)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => FetchAsync(urls, checksum, checksums));
        Assert.Empty(Store.Digests());
        return fault;
    }

    /// <summary>The image that came is whole, and nothing else is left.</summary>
    internal void AssertIs(byte[] bytes, ImageFetchResult result)
    {
        Assert.Equal(TestImage.Sha256(bytes).ToString(), result.Blob!.Digest);
        Assert.Equal(bytes, File.ReadAllBytes(Store.Find(result.Blob.Digest)!));
        Assert.Single(Store.Digests());
        AssertNothingPartial();
    }

    internal PartialFile OpenPartial()
    {
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(Partial)!);
        return PartialFile.Open(Partial);
    }

    internal void AssertNothingPartial() => Assert.Empty(System.IO.Directory.GetFiles(Path.Combine(Directory, "partial")));

    public void Report(FetchProgress value) => Told.Enqueue(value);

    public void Dispose()
    {
        Images.Dispose();
        _directory.Dispose();
    }
}
