using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Gateway.Tests;

/// <summary>What the fake controller was asked, and what it is to answer.</summary>
public sealed class FakeController
{
    /// <summary>The requests, latest last.</summary>
    public ConcurrentQueue<IMessage> Requests { get; } = new();

    /// <summary>Counts the calls that have begun.</summary>
    public SemaphoreSlim Arrived { get; } = new(0);

    /// <summary>The metadata of the latest call.</summary>
    public Metadata Headers { get; set; } = [];

    /// <summary>The deadline of the latest call.</summary>
    public DateTime Deadline { get; set; }

    /// <summary>Answers an Info; throws to refuse.</summary>
    public Func<InfoRequest, CancellationToken, Task<Instance>> Info { get; set; } = (request, _) => Task.FromResult(Example(request.Name));

    /// <summary>Answers a Launch; throws to refuse.</summary>
    public Func<LaunchRequest, Instance> Launch { get; set; } = request => Example(request.Name);

    /// <summary>What watches are told, in turn; completed: the stream ends, with an error when there is one.</summary>
    public Channel<WatchResponse> Events { get; set; } = Channel.CreateUnbounded<WatchResponse>();

    /// <summary>Cancelled calls are counted here.</summary>
    public SemaphoreSlim Cancelled { get; } = new(0);

    /// <summary>The header of the latest upload.</summary>
    public UploadHeader? Upload { get; set; }

    /// <summary>How many bytes of uploads have come.</summary>
    public long Received;

    /// <summary>Counts the pieces of uploads in parts that came.</summary>
    public SemaphoreSlim Came { get; } = new(0);

    /// <summary>Uploads are refused after so many bytes.</summary>
    public long RefuseUploadAfter { get; set; } = long.MaxValue;

    /// <summary>Uploads that were whole.</summary>
    public List<string> Kept { get; } = [];

    /// <summary>Uploads in parts by their ids.</summary>
    public ConcurrentDictionary<string, FakeUpload> Uploads { get; } = new();

    /// <summary>What watches of images are told.</summary>
    public Channel<WatchImagesResponse> ImageEvents { get; set; } = Channel.CreateUnbounded<WatchImagesResponse>();

    /// <summary>The bytes of every image.</summary>
    public byte[] Content { get; set; } = [];

    /// <summary>Exports fail when so many bytes were sent.</summary>
    public long FailExportAfter { get; set; } = long.MaxValue;

    /// <summary>How many bytes of exports were sent.</summary>
    public long Exported;

    /// <summary>What an export of a disk answers.</summary>
    public List<ExportDiskResponse> Disk { get; } = [];

    public static Instance Example(string name) => new()
    {
        Name = name,
        Etag = "7",
        Spec = new InstanceSpec { Image = "tiny", MemoryMib = 128 },
        Status = new InstanceStatus { State = State.Running, DiskUsedBytes = 1UL << 40 },
    };
}
