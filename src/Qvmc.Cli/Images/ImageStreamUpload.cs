using Google.Protobuf;
using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Images;

/// <summary>Sends an image's bytes in one go: those of a stream, of which nothing could be sent a second time.</summary>
internal sealed class ImageStreamUpload(ControllerConnection connection, CancellationToken cancellationToken)
{
    /// <summary>Half of what the interface allows: large enough that the calls cost nothing beside the bytes.</summary>
    public const int ChunkBytes = 512 * 1024;

    /// <summary>Sends them.</summary>
    /// <param name="header">What is coming.</param>
    /// <param name="source">The bytes.</param>
    /// <param name="display">Shows how much was sent.</param>
    public async Task<Image> SendAsync(UploadHeader header, Stream source, IStageDisplay display)
    {
        using var call = connection.Images.UploadImage(Limits.In(Limits.Upload, cancellationToken));
        if (await call.RequestStream.TrySendAsync(new UploadImageRequest { Header = header }, cancellationToken)
            && await SendChunksAsync(call, header, source, display))
        {
            await call.RequestStream.TryCompleteAsync();
        }

        display.Show(header.Name, "checking what was sent");
        return (await call.ResponseAsync).Image;
    }

    private async Task<bool> SendChunksAsync(AsyncClientStreamingCall<UploadImageRequest, UploadImageResponse> call, UploadHeader header, Stream source, IStageDisplay display)
    {
        var buffer = new byte[ChunkBytes];
        var sent = 0UL;
        display.Show(header.Name, "sending", sent, header.SizeBytes);
        while (await source.ReadAtLeastAsync(buffer, ChunkBytes, throwOnEndOfStream: false, cancellationToken) is var read and > 0)
        {
            if (!await call.RequestStream.TrySendAsync(new UploadImageRequest { Chunk = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, read)) }, cancellationToken))
            {
                return false;
            }

            sent += (ulong)read;
            display.Show(header.Name, "sending", sent, header.SizeBytes);
        }

        return true;
    }
}
