using System.Security.Cryptography;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tests;

/// <summary>An upload of the fake controller: keeps what came before a break.</summary>
public sealed class FakeUpload(FakeController fake, string id, UploadHeader header)
{
    public static readonly DateTimeOffset Expires = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly MemoryStream _bytes = new();

    /// <summary>Counts the appends that have ended, however.</summary>
    public SemaphoreSlim Ended { get; } = new(0);

    /// <summary>What came.</summary>
    public byte[] Bytes => _bytes.ToArray();

    /// <summary>The image is made when this is.</summary>
    public Task Making { get; set; } = Task.CompletedTask;

    public static FakeUpload Create(FakeController fake, UploadHeader header) =>
        header.Name == "refused"
            ? throw FaultException.Invalid([new FieldFault("header.name", "is not to be had"), new FieldFault("header.size_bytes", "is too much")])
            : fake.Uploads.GetOrAdd(RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", 26), id => new FakeUpload(fake, id, header));

    public static FakeUpload Find(FakeController fake, string id) =>
        fake.Uploads.GetValueOrDefault(id) ?? throw new FaultException(FaultCode.NotFound, $"there is no upload \"{id}\"");

    public static string DigestOf(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    public Upload View() => new() { Id = id, Header = header, Offset = (ulong)_bytes.Length, ExpireTime = Expires.ToTimestamp() };

    public async Task<Image?> AppendAsync(ulong offset, IAsyncStreamReader<AppendUploadRequest> requests, CancellationToken ct)
    {
        try
        {
            if (offset != (ulong)_bytes.Length)
            {
                throw new FaultException(FaultCode.Stale, $"the upload has {_bytes.Length} bytes, and the request goes on at {offset}");
            }
            while (await requests.MoveNext(ct))
            {
                _bytes.Write(requests.Current.Chunk.Span);
                if (Interlocked.Add(ref fake.Received, requests.Current.Chunk.Length) > fake.RefuseUploadAfter)
                {
                    throw new FaultException(FaultCode.ResourceExhausted, "the disk is full");
                }
                fake.Came.Release();
            }
            if ((ulong)_bytes.Length != header.SizeBytes)
            {
                return null;
            }
            await Making.WaitAsync(ct);
            fake.Kept.Add(header.Name);
            return new Image { Name = header.Name, Digest = DigestOf(_bytes.ToArray()) };
        }
        finally
        {
            Ended.Release();
        }
    }
}
