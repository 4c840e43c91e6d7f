using Grpc.Core;
using Qvmc.Controller.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Controller.V1;
using Qemu = Qvmc.Protos.Qemu.V1;
using State = Qvmc.Protos.Instance.V1.State;

namespace Qvmc.Controller.Verbs;

/// <summary>Passes a disk through from its host.</summary>
internal sealed class ExportVerb(HostCalls hosts, NodeSessions nodes)
{
    /// <summary>Sends it as it comes.</summary>
    public async Task RunAsync(ExportDiskRequest request, IServerStreamWriter<ExportDiskResponse> responses, ServerCallContext context)
    {
        FaultException.ThrowIfAny(
        [
            .. InstanceName.Check(request.Name) is { } name ? [name] : Array.Empty<FieldFault>(),
            .. request.Disk.Length > 0 && DataDiskRules.CheckName(request.Disk, "disk") is { } disk ? [disk] : Array.Empty<FieldFault>(),
            .. ExportRules.Check(request.Format, request.Compress),
        ]);
        var ct = context.CancellationToken;
        var state = await hosts.KnownAsync(request.Name, context);
        if (request.Disk.Length > 0)
        {
            DiskChangeRules.Find(state.View, request.Disk);
        }

        var now = state.View.Status.State;
        if (now is not (State.Stopped or State.Failed) || state.Seen.Machine is null)
        {
            throw new FaultException(
                now == State.Unknown ? FaultCode.Unavailable : FaultCode.FailedPrecondition,
                now is State.Stopped or State.Failed
                    ? $"instance {Shown.Quote(state.Name)} has no disk yet: its host has not made it"
                    : $"instance {Shown.Quote(state.Name)} is {Shown.Name(now)}: its disks can be read when it is stopped; stop it first");
        }

        var forward = new Qemu.ExportDiskRequest { Uid = state.Uid, Disk = request.Disk, Format = request.Format, Compress = request.Compress };
        try
        {
            using var call = nodes.Of(state).Client.ExportDisk(forward, cancellationToken: ct);
            await foreach (var response in call.ResponseStream.ReadAllAsync(ct))
            {
                if (Translate(response) is { } translated)
                {
                    await responses.WriteAsync(translated, ct);
                }
            }
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            throw FaultStatus.FromRpc(e);
        }
    }

    private static ExportDiskResponse? Translate(Qemu.ExportDiskResponse response) => response.PartCase switch
    {
        Qemu.ExportDiskResponse.PartOneofCase.Progress => new ExportDiskResponse { Progress = response.Progress },
        Qemu.ExportDiskResponse.PartOneofCase.Chunk => new ExportDiskResponse { Chunk = response.Chunk },
        Qemu.ExportDiskResponse.PartOneofCase.Header => new ExportDiskResponse
        {
            Header = new DiskExport { Format = response.Header.Format, SizeBytes = response.Header.SizeBytes, VirtualSizeBytes = response.Header.VirtualSizeBytes },
        },
        Qemu.ExportDiskResponse.PartOneofCase.None => null,
    };
}
