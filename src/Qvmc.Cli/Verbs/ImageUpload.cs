using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>Sends an image's bytes to the controller.</summary>
internal sealed class ImageUpload(ControllerConnection connection, CancellationToken cancellationToken)
{
    // Half of what the interface allows: large enough that the calls cost nothing beside the bytes.
    private const int ChunkBytes = 512 * 1024;
    private static readonly TimeSpan ShowEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>Sends them.</summary>
    /// <param name="header">What is coming.</param>
    /// <param name="source">The bytes.</param>
    /// <param name="display">Shows how much was sent.</param>
    public async Task<Image> SendAsync(UploadHeader header, Stream source, IStageDisplay display)
    {
        using var call = connection.Images.UploadImage(Limits.In(Limits.Upload, cancellationToken));
        try
        {
            await call.RequestStream.WriteAsync(new UploadImageRequest { Header = header }, cancellationToken);
            await SendChunksAsync(call, header, source, display);
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            // The server has answered before the end: its answer says why, the broken stream does not.
        }

        display.Show(header.Name, "checking what was sent");
        return (await call.ResponseAsync).Image;
    }

    private async Task SendChunksAsync(AsyncClientStreamingCall<UploadImageRequest, UploadImageResponse> call, UploadHeader header, Stream source, IStageDisplay display)
    {
        var buffer = new byte[ChunkBytes];
        var sent = 0UL;
        var last = Stopwatch.GetTimestamp();
        Show();
        while (await source.ReadAtLeastAsync(buffer, ChunkBytes, throwOnEndOfStream: false, cancellationToken) is var read and > 0)
        {
            // The chunk is on its way out when the call returns: the buffer may be filled again.
            await call.RequestStream.WriteAsync(new UploadImageRequest { Chunk = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, read)) }, cancellationToken);
            sent += (ulong)read;
            if (Stopwatch.GetElapsedTime(last) > ShowEvery)
            {
                last = Stopwatch.GetTimestamp();
                Show();
            }
        }

        void Show()
        {
            if (header.SizeBytes > 0)
            {
                display.Show(header.Name, $"sending {SizeText.OfBytes(header.SizeBytes)}", Math.Min(1, sent / (double)header.SizeBytes));
            }
            else
            {
                display.Show(header.Name, "sending");
            }
        }
    }
}
