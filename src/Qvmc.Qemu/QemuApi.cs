using Google.Protobuf;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Exports;
using Qvmc.Qemu.Machines;
using Qvmc.Qmp;

namespace Qvmc.Qemu;

/// <summary>The gRPC edge of the host: checks what comes, asks the machines, answers.</summary>
public sealed class QemuApi(MachineHost host, MachineTable machines) : QemuService.QemuServiceBase
{
    private const int MostConsoleBytes = 1 << 20;

    /// <inheritdoc/>
    public override async Task<EnsureResponse> Ensure(EnsureRequest request, ServerCallContext context)
    {
        FaultException.ThrowIfAny(OrderRules.Check(request.Order));
        return new EnsureResponse { Machine = await machines.EnsureAsync(request.Order) };
    }

    /// <inheritdoc/>
    public override async Task<RemoveResponse> Remove(RemoveRequest request, ServerCallContext context)
    {
        FaultException.ThrowIfAny([.. OrderRules.CheckUid(request.Uid, "uid")]);
        await machines.RemoveAsync(request.Uid, request.Force).WaitAsync(context.CancellationToken);
        return new RemoveResponse();
    }

    /// <inheritdoc/>
    public override Task<GetResponse> Get(GetRequest request, ServerCallContext context) => Task.FromResult(new GetResponse
    {
        Machine = host.Feed.Find(request.Uid)
            ?? throw new FaultException(FaultCode.NotFound, $"there is no machine \"{request.Uid}\" on this host"),
    });

    /// <inheritdoc/>
    public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
    {
        await foreach (var change in host.Feed.WatchAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(change, context.CancellationToken);
        }
    }

    /// <inheritdoc/>
    public override async Task<ExecResponse> Exec(ExecRequest request, ServerCallContext context)
    {
        FaultException.ThrowIfAny(OrderRules.CheckExec(request));

        var session = machines.Get(request.Uid).Session
            ?? throw new FaultException(FaultCode.FailedPrecondition, $"machine {request.Uid} does not run");
        var limit = request.Timeout?.ToTimeSpan() ?? TimeSpan.FromMinutes(1);
        try
        {
            var agent = await session.Guest.AgentAsync(context.CancellationToken);
            var result = await agent.ExecAsync(
                request.Command[0], [.. request.Command.Skip(1)], [.. request.Environment], request.Stdin.Memory, limit, context.CancellationToken);
            return new ExecResponse
            {
                ExitCode = result.Signal is { } signal ? 128 + signal : result.ExitCode ?? 0,
                Stdout = UnsafeByteOperations.UnsafeWrap(result.Stdout),
                Stderr = UnsafeByteOperations.UnsafeWrap(result.Stderr),
                Truncated = result.Truncated,
            };
        }
        catch (QgaTimeoutException e)
        {
            throw new FaultException(FaultCode.Timeout, $"the command did not end within {limit.TotalSeconds} s; it may go on in the guest", inner: e);
        }
        catch (QgaCommandException e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"the guest agent refused: {e.Message}", inner: e);
        }
        catch (QgaException e)
        {
            throw new FaultException(FaultCode.Unavailable, $"the guest agent broke off: {e.Message}", inner: e);
        }
    }

    /// <inheritdoc/>
    public override Task<ConsoleResponse> Console(ConsoleRequest request, ServerCallContext context)
    {
        var wanted = (int)Math.Min(request.MaxBytes == 0 ? 64 << 10 : request.MaxBytes, MostConsoleBytes);
        return Task.FromResult(new ConsoleResponse { Data = UnsafeByteOperations.UnsafeWrap(machines.Get(request.Uid).ConsoleTail(wanted)) });
    }

    /// <inheritdoc/>
    public override Task ExportDisk(ExportDiskRequest request, IServerStreamWriter<ExportDiskResponse> responseStream, ServerCallContext context)
    {
        FaultException.ThrowIfAny(OrderRules.CheckExport(request));
        return new DiskExporter(host).SendAsync(
            machines.Get(request.Uid), request, response => responseStream.WriteAsync(response, context.CancellationToken), context.CancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<ListNetworksResponse> ListNetworks(ListNetworksRequest request, ServerCallContext context) =>
        new() { Networks = { await host.Networks.ListAsync(host.NodeName, context.CancellationToken) } };

    /// <inheritdoc/>
    public override async Task<TeardownNetworkResponse> TeardownNetwork(TeardownNetworkRequest request, ServerCallContext context) =>
        new() { Network = await host.Networks.TeardownAsync(request.Name, host.NodeName, CancellationToken.None) };

    /// <inheritdoc/>
    public override async Task<GetHostResponse> GetHost(GetHostRequest request, ServerCallContext context)
    {
        var description = new Protos.Qemu.V1.Host
        {
            Name = host.NodeName,
            Version = typeof(QemuApi).Assembly.GetName().Version?.ToString(3) ?? "",
            Accelerator = host.Accelerator.Accelerator,
            AcceleratorReason = host.Accelerator.Reason,
            Cpus = (uint)Environment.ProcessorCount,
            MemoryMib = (ulong)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20),
            DiskFreeMib = (ulong)(new DriveInfo(host.Settings.StateDirectory).AvailableFreeSpace >> 20),
        };
        description.Networks.Add(host.Networks.Names);
        try
        {
            description.QemuVersion = (await host.Probe.GetAsync(context.CancellationToken)).Version;
        }
        catch (FaultException)
        {
            // Empty says it: the answer is about the host, which is well enough to give one.
        }

        return new GetHostResponse { Host = description };
    }
}
