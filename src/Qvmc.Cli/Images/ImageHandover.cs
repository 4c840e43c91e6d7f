using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Images;

/// <summary>
/// Hands an open file to a controller on the same host, which reads it itself: nothing is copied over the connection.
/// Begun again when that breaks.
/// </summary>
internal sealed class ImageHandover(ControllerConnection connection, Terminal terminal)
{
    private readonly CancellationToken _interrupted = terminal.Interrupted;

    /// <summary>Whether it is worth asking.</summary>
    public bool IsPossible => OperatingSystem.IsLinux() && connection.Address.StartsWith("unix:", StringComparison.Ordinal);

    /// <summary>Hands it over, and waits until it is an image.</summary>
    /// <param name="header">What it is.</param>
    /// <param name="source">The file.</param>
    /// <param name="display">Shows how much was read.</param>
    /// <returns>Null: the controller does not take files from this process. It has to be sent.</returns>
    public async Task<Image?> TrySendAsync(UploadHeader header, FileStream source, IStageDisplay display)
    {
        var reconnection = Reconnection.Showing(terminal.Clock, display, header.Name);
        var request = new ImportOpenFileRequest { Header = header, FileDescriptor = (int)source.SafeFileHandle.DangerousGetHandle() };
        while (true)
        {
            try
            {
                return await SendAsync(request, reconnection, display);
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.PermissionDenied or StatusCode.Unimplemented)
            {
                return null;
            }
            catch (RpcException e) when (reconnection.Allows(e, _interrupted))
            {
                // Nothing of it was kept.
            }

            await reconnection.PauseAsync(_interrupted);
        }
    }

    private async Task<Image> SendAsync(ImportOpenFileRequest request, Reconnection reconnection, IStageDisplay display)
    {
        using var call = connection.Images.ImportOpenFile(request, Limits.In(Limits.Upload, _interrupted));
        while (await call.ResponseStream.MoveNext(_interrupted))
        {
            reconnection.Reached();
            var response = call.ResponseStream.Current;
            if (response.Image is { } image)
            {
                return image;
            }

            var progress = response.Progress;
            if (progress.DoneBytes < progress.TotalBytes)
            {
                display.Show(request.Header.Name, "reading", progress.DoneBytes, progress.TotalBytes);
            }
            else
            {
                display.Show(request.Header.Name, "checking what was read");
            }
        }

        throw new FaultException(FaultCode.Internal, $"the controller ended the import of {request.Header.Name} without saying how: import it again");
    }
}
