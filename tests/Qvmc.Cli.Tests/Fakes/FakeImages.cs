using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using Grpc.Core;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Tests.Fakes;

/// <summary>Images that a test moves from state to state by hand. Takes uploads and remembers what came.</summary>
public sealed partial class FakeImages : ImageService.ImageServiceBase
{
    private readonly ConcurrentDictionary<string, Image> _images = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Channel<WatchImagesResponse>, string> _watchers = new();
    private readonly Channel<string> _watches = Channel.CreateUnbounded<string>();

    public UploadHeader? Header { get; private set; }

    public List<int> Chunks { get; } = [];

    /// <summary>Refuses after so many bytes.</summary>
    public int? RefuseAfter { get; set; }

    public ConcurrentQueue<PullImageRequest> Pulls { get; } = new();

    public ConcurrentQueue<string> Deleted { get; } = new();

    /// <summary>The connection of the next watch breaks before it tells anything.</summary>
    public bool BreakWatch { get; set; }

    public Func<PullImageRequest, Image>? OnPull { get; set; }

    public Func<DeleteImageRequest, DeleteImageResponse>? OnDelete { get; set; }

    public Func<PruneImagesRequest, PruneImagesResponse>? OnPrune { get; set; }

    public Func<VerifyImageRequest, IEnumerable<VerifyImageResponse>>? OnVerify { get; set; }

    public Func<SearchImagesRequest, SearchImagesResponse>? OnSearch { get; set; }

    /// <summary>Waits until a client follows and has been told of all there is. The name it follows.</summary>
    public async Task<string> NextWatchAsync() => await _watches.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Puts an image, as a change.</summary>
    public void Set(Image image)
    {
        _images[image.Name] = image;
        Tell(new WatchImagesResponse { Type = ImageEventType.Changed, Image = image });
    }

    /// <summary>Takes an image away.</summary>
    public void Remove(string name)
    {
        if (_images.TryRemove(name, out var image))
        {
            Tell(new WatchImagesResponse { Type = ImageEventType.Deleted, Image = image });
        }
    }

    public override Task<PullImageResponse> PullImage(PullImageRequest request, ServerCallContext context)
    {
        Pulls.Enqueue(request);
        var image = OnPull!(request);
        _images[image.Name] = image;
        return Task.FromResult(new PullImageResponse { Image = image });
    }

    public override Task<SearchImagesResponse> SearchImages(SearchImagesRequest request, ServerCallContext context) => Task.FromResult(OnSearch!(request));

    public override Task<PruneImagesResponse> PruneImages(PruneImagesRequest request, ServerCallContext context) => Task.FromResult(OnPrune!(request));

    public override Task<ListImagesResponse> ListImages(ListImagesRequest request, ServerCallContext context)
    {
        // Two a page, so that every list of three goes over pages.
        var all = _images.Values.OrderBy(image => image.Name, StringComparer.Ordinal).ToList();
        var first = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken);
        return Task.FromResult(new ListImagesResponse { Images = { all.Skip(first).Take(2) }, NextPageToken = first + 2 < all.Count ? $"{first + 2}" : "" });
    }

    public override Task<GetImageResponse> GetImage(GetImageRequest request, ServerCallContext context) => Task.FromResult(new GetImageResponse { Image = Find(request.Name) });

    public override Task<DeleteImageResponse> DeleteImage(DeleteImageRequest request, ServerCallContext context)
    {
        var response = OnDelete?.Invoke(request) ?? new DeleteImageResponse();
        Find(request.Name);
        Deleted.Enqueue(request.Name);
        Remove(request.Name);
        return Task.FromResult(response);
    }

    public override async Task WatchImages(WatchImagesRequest request, IServerStreamWriter<WatchImagesResponse> responseStream, ServerCallContext context)
    {
        if (BreakWatch)
        {
            BreakWatch = false;
            await BreakAsync(context);
        }

        var channel = Channel.CreateUnbounded<WatchImagesResponse>();
        _watchers[channel] = request.Name;
        try
        {
            foreach (var image in _images.Values.Where(i => request.Name.Length == 0 || request.Name == i.Name))
            {
                await responseStream.WriteAsync(new WatchImagesResponse { Type = ImageEventType.Snapshot, Image = image });
            }

            await responseStream.WriteAsync(new WatchImagesResponse { Type = ImageEventType.Synced });
            _watches.Writer.TryWrite(request.Name);
            await foreach (var response in channel.Reader.ReadAllAsync(context.CancellationToken))
            {
                await responseStream.WriteAsync(response);
            }
        }
        catch (OperationCanceledException)
        {
            // The client went away, or the server goes down.
        }
        finally
        {
            _watchers.TryRemove(channel, out _);
        }
    }

    public override async Task VerifyImage(VerifyImageRequest request, IServerStreamWriter<VerifyImageResponse> responseStream, ServerCallContext context)
    {
        foreach (var response in OnVerify!(request))
        {
            await responseStream.WriteAsync(response);
        }
    }

    public override async Task<UploadImageResponse> UploadImage(IAsyncStreamReader<UploadImageRequest> requestStream, ServerCallContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = 0UL;
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            if (request.Header is { } header)
            {
                Header = header;
                continue;
            }

            Chunks.Add(request.Chunk.Length);
            hash.AppendData(request.Chunk.Span);
            size += (ulong)request.Chunk.Length;
            if (size > (ulong)(RefuseAfter ?? int.MaxValue))
            {
                throw Refusal();
            }
        }

        return new UploadImageResponse { Image = Arrived(Header!.Name, hash.GetHashAndReset(), size) };
    }

    private static Image Arrived(string name, byte[] sha256, ulong size) =>
        new() { Name = name, Digest = "sha256:" + Convert.ToHexStringLower(sha256), SizeBytes = size, Format = ImageFormat.Raw, State = ImageState.Ready };

    private static RpcException Refusal() => new(new Status(StatusCode.ResourceExhausted, "the image store is full"));

    private Image Find(string name) => _images.TryGetValue(name, out var image)
        ? image
        : throw new RpcException(new Status(StatusCode.NotFound, $"there is no image \"{name}\""));

    private void Tell(WatchImagesResponse response)
    {
        foreach (var (watcher, _) in _watchers.Where(pair => pair.Value.Length == 0 || pair.Value == response.Image.Name))
        {
            watcher.Writer.TryWrite(response);
        }
    }
}
