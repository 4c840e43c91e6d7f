using Google.Protobuf;
using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Images;

/// <summary>
/// Sends a file as an upload that goes on after a break: the controller says how far it came, and the file is read on from
/// there. One that is given up is taken back.
/// </summary>
internal sealed class ImageFileUpload(ControllerConnection connection, Terminal terminal)
{
    private const int ChunkBytes = ImageStreamUpload.ChunkBytes;

    private readonly CancellationToken _interrupted = terminal.Interrupted;

    /// <summary>Sends it.</summary>
    /// <param name="header">What is coming, with its size.</param>
    /// <param name="source">The file.</param>
    /// <param name="display">Shows how much was sent.</param>
    public async Task<Image> SendAsync(UploadHeader header, FileStream source, IStageDisplay display)
    {
        var reconnection = Reconnection.Showing(terminal.Clock, display, header.Name);
        var before = await DigestAsync(header.Name);
        var upload = (await connection.Images.CreateUploadAsync(new CreateUploadRequest { Header = header }, Limits.In(Limits.Quick, _interrupted))).Upload;
        reconnection.Reached();
        try
        {
            return await SendAsync(upload, source, before, reconnection, display);
        }
        catch
        {
            await TakeBackAsync(upload.Id);
            throw;
        }
    }

    private async Task<Image> SendAsync(Upload upload, FileStream source, string before, Reconnection reconnection, IStageDisplay display)
    {
        var offset = upload.Offset;
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                if (!isFirst)
                {
                    var known = await OffsetAsync(upload, before);
                    if (known.Image is { } finished)
                    {
                        return finished;
                    }

                    if (known.Offset > offset)
                    {
                        reconnection.Reached();
                    }

                    offset = known.Offset;
                }

                var response = await AppendAsync(upload, source, offset, display);
                if (response.Image is { } image)
                {
                    return image;
                }
            }
            catch (RpcException e) when (reconnection.Allows(e, _interrupted) || (e.StatusCode == StatusCode.Aborted && reconnection.HasPatience))
            {
                // Where it is to go on is asked next.
            }

            await reconnection.PauseAsync(_interrupted);
        }
    }

    private async Task<AppendUploadResponse> AppendAsync(Upload upload, FileStream source, ulong offset, IStageDisplay display)
    {
        var (name, size) = (upload.Header.Name, upload.Header.SizeBytes);
        var buffer = new byte[ChunkBytes];
        var sent = offset;
        source.Position = (long)offset;
        using var call = connection.Images.AppendUpload(Limits.In(Limits.Upload, _interrupted));
        display.Show(name, "sending", sent, size);
        var goesOn = await call.RequestStream.TrySendAsync(new AppendUploadRequest { Place = new UploadPlace { Id = upload.Id, Offset = offset } }, _interrupted);
        while (goesOn && sent < size)
        {
            var wanted = (int)Math.Min(ChunkBytes, size - sent);
            var read = await source.ReadAtLeastAsync(buffer.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, _interrupted);
            if (read < wanted)
            {
                throw new FaultException(FaultCode.FailedPrecondition, $"{source.Name} became shorter while it was being sent: import it when nobody writes to it");
            }

            goesOn = await call.RequestStream.TrySendAsync(new AppendUploadRequest { Chunk = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, read)) }, _interrupted);
            if (goesOn)
            {
                sent += (ulong)read;
                display.Show(name, "sending", sent, size);
            }
        }

        if (goesOn && await call.RequestStream.TryCompleteAsync())
        {
            display.Show(name, "checking what was sent");
        }

        return await call.ResponseAsync;
    }

    // An upload that is gone after a break may have become the image just before.
    private async Task<(ulong Offset, Image? Image)> OffsetAsync(Upload upload, string before)
    {
        try
        {
            return ((await connection.Images.GetUploadAsync(new GetUploadRequest { Id = upload.Id }, Limits.In(Limits.Quick, _interrupted))).Upload.Offset, null);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            var image = await FindAsync(upload.Header.Name);
            return image is { State: ImageState.Ready } && image.Digest != before
                ? (0UL, (Image?)image)
                : throw new FaultException(FaultCode.Stale, $"the connection broke, and the controller has dropped what it had of {upload.Header.Name}: import it again", inner: e);
        }
    }

    private async Task<string> DigestAsync(string name) => (await FindAsync(name))?.Digest ?? "";

    private async Task<Image?> FindAsync(string name)
    {
        try
        {
            return (await connection.Images.GetImageAsync(new GetImageRequest { Name = name }, Limits.In(Limits.Quick, _interrupted))).Image;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.NotFound or StatusCode.InvalidArgument)
        {
            // A name that is not allowed is refused with everything else that is wrong.
            return null;
        }
    }

    private async Task TakeBackAsync(string id)
    {
        try
        {
            await connection.Images.DeleteUploadAsync(new DeleteUploadRequest { Id = id }, Limits.In(Limits.Farewell, CancellationToken.None));
        }
        catch (RpcException)
        {
            // It is gone already, or nobody can be reached: the controller throws it away when its time is over.
        }
    }
}
