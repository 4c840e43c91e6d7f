using System.Diagnostics;
using Grpc.Core;
using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>Receives a disk's bytes from the controller.</summary>
internal sealed class DiskDownload(ControllerConnection connection, CancellationToken cancellationToken)
{
    // Progress comes in thousandths.
    private const ulong Whole = 1000;

    private static readonly TimeSpan ShowEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>Receives them, all that were announced and no more.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="write">Takes the bytes, in order.</param>
    /// <param name="display">Shows how far it is.</param>
    public async Task<DiskExport> ReceiveAsync(ExportDiskRequest request, Func<ReadOnlyMemory<byte>, Task> write, IStageDisplay display)
    {
        var diskBytes = await DiskBytesAsync(request);
        using var call = connection.Instances.ExportDisk(request, Limits.In(Limits.Upload, cancellationToken));
        DiskExport? export = null;
        var received = 0UL;
        var last = 0L;
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            switch (response.PartCase)
            {
                case ExportDiskResponse.PartOneofCase.Progress:
                    display.Show(request.Name, "reading the disk", diskBytes / Whole * response.Progress, diskBytes);
                    break;
                case ExportDiskResponse.PartOneofCase.Header:
                    export = response.Header;
                    break;
                case ExportDiskResponse.PartOneofCase.Chunk:
                    await write(response.Chunk.Memory);
                    received += (ulong)response.Chunk.Length;
                    if (export is { SizeBytes: > 0 } && (last == 0 || Stopwatch.GetElapsedTime(last) > ShowEvery))
                    {
                        last = Stopwatch.GetTimestamp();
                        display.Show(request.Name, $"receiving {SizeText.OfBytes(export.SizeBytes)}", Math.Min(received, export.SizeBytes), export.SizeBytes);
                    }

                    break;
            }
        }

        return export is not null && received == export.SizeBytes
            ? export
            : throw new FaultException(FaultCode.Unavailable, $"the disk broke off after {SizeText.OfBytes(received)} of {SizeText.OfBytes(export?.SizeBytes ?? 0)}: export it again");
    }

    private async Task<ulong> DiskBytesAsync(ExportDiskRequest request)
    {
        var answer = await connection.Instances.InfoAsync(new InfoRequest { Name = request.Name }, Limits.In(Limits.Quick, cancellationToken));
        var spec = answer.Instance.Spec;
        var mib = request.Disk.Length == 0 ? spec.DiskMib : spec.DataDisks.FirstOrDefault(d => d.Name == request.Disk)?.SizeMib ?? 0;
        return (ulong)mib << 20;
    }
}
