using System.Security.Cryptography;
using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Images;

/// <summary>Receives an image's bytes, goes on where a connection broke, and compares them with the image's digest.</summary>
internal sealed class ImageDownload(ControllerConnection connection, Terminal terminal)
{
    private readonly CancellationToken _interrupted = terminal.Interrupted;

    /// <summary>Receives them.</summary>
    /// <param name="name">A reference to the image.</param>
    /// <param name="write">Takes the bytes, in order and each once.</param>
    /// <param name="display">Shows how much came.</param>
    /// <returns>The image, when all of its bytes came and are what they should be.</returns>
    public async Task<Image> ReceiveAsync(string name, Func<ReadOnlyMemory<byte>, Task> write, IStageDisplay display)
    {
        var reconnection = Reconnection.Showing(terminal.Clock, display, name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Image? image = null;
        var done = 0UL;
        while (true)
        {
            // From the second time on by digest: the name may mean other bytes by now.
            var request = new ExportImageRequest { Name = image?.Digest ?? name, Offset = done };
            using var call = connection.Images.ExportImage(request, Limits.In(Limits.Upload, _interrupted));
            try
            {
                while (await call.ResponseStream.MoveNext(_interrupted))
                {
                    var response = call.ResponseStream.Current;
                    reconnection.Reached();
                    if (response.Image is { } told)
                    {
                        image ??= told;
                    }
                    else
                    {
                        hash.AppendData(response.Chunk.Span);
                        await write(response.Chunk.Memory);
                        done += (ulong)response.Chunk.Length;
                    }

                    display.Show(name, "receiving", done, image?.SizeBytes ?? 0);
                }

                break;
            }
            catch (RpcException e) when (reconnection.Allows(e, _interrupted))
            {
                await reconnection.PauseAsync(_interrupted);
            }
        }

        var digest = "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
        return image is not null && digest == image.Digest
            ? image
            : throw new FaultException(
                FaultCode.Internal,
                $"what came of {name} is damaged ({done} of {image?.SizeBytes ?? 0} bytes, {digest}, and it should be {image?.Digest}); \"qvmc image verify {name}\" tells whether it is damaged at the controller");
    }
}
