using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Qvmc.Hosting.Daemons;
using Qvmc.Images;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Host;
using Qvmc.Qemu.Machines;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu;

/// <summary>The daemon <c>qvmc qemu</c>: runs the machines of one host.</summary>
public static partial class QemuDaemon
{
    /// <summary>Builds it from settings that have passed <see cref="QemuSettingsRules"/>.</summary>
    /// <exception cref="Core.Faults.FaultException">The accelerator that is demanded does not work here.</exception>
    public static WebApplication Create(QemuSettings settings)
    {
        var builder = DaemonBuilder.Create("qemu", settings.Listen, settings.Log);
        var accelerator = AcceleratorChoice.Make(settings.Accelerator, KvmState.Look());
        builder.Services.AddSingleton(services => Assemble(settings, accelerator, services.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddSingleton<MachineTable>();
        builder.Services.AddSingleton<IHostedService, Lifetime>();
        builder.AddGrpcService<QemuApi>(QemuService.Descriptor);
        builder.ServeMetrics(settings.Metrics);
        return builder.Build();
    }

    private static MachineHost Assemble(QemuSettings settings, AcceleratorChoice accelerator, ILoggerFactory logs)
    {
        var qemuImg = new QemuImg(settings.QemuImgBinary.Length > 0 ? settings.QemuImgBinary : "qemu-img");
        var parallelism = settings.Parallelism > 0 ? (int)settings.Parallelism : 2 * Environment.ProcessorCount;
        return new MachineHost
        {
            Settings = settings,
            NodeName = settings.NodeName.Length > 0 ? settings.NodeName : DefaultNodeName,
            Probe = new HostProbe(settings),
            Accelerator = accelerator,
            Networks = new NetworkTable(settings.Networks),
            Images = new ImageStore(settings.ImageDirectory, qemuImg, logs.CreateLogger<ImageStore>()),
            QemuImg = qemuImg,
            Feed = new MachineFeed(),
            Slots = new SemaphoreSlim(parallelism),
            Logs = logs,
        };
    }

    /// <summary>The first part of the host name, in lower case.</summary>
    public static string DefaultNodeName => Environment.MachineName.Split('.')[0].ToLowerInvariant();

    // Started before the server listens, stopped after it: nobody sees a host that does not know its machines yet.
    private sealed partial class Lifetime(MachineHost host, MachineTable machines, ILogger<Lifetime> log) : IHostedService
    {
        private StateLock? _lock;

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            _lock = StateLock.Take(host.Settings.StateDirectory);
            LogAccelerator(host.Accelerator.Accelerator, host.Accelerator.Reason);
            await machines.StartAsync(cancellationToken);
        }

        // A stop that waits for its guest is not waited for: the next daemon goes on with it.
        public async Task StopAsync(CancellationToken cancellationToken)
        {
            await machines.EndAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _lock?.Dispose();
        }

        [LoggerMessage(LogLevel.Information, "guests run by {Accelerator}: {Reason}")]
        private partial void LogAccelerator(Protos.Instance.V1.Accelerator accelerator, string reason);
    }
}
