using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Qvmc.Hosting.Daemons;
using Qvmc.Images;
using Qvmc.Os.Accounts;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Confinement;
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
        var builder = DaemonBuilder.Create("qemu", settings.Listen, settings.Log, settings.MaxCalls);
        var user = MachineUser.Choose(settings.MachineUser, settings.MachineGroup);
        var accelerator = AcceleratorChoice.Make(settings.Accelerator, QemuTarget.Of(settings), KvmState.Look(user), HvfState.Look());
        builder.Services.AddSingleton(services => Assemble(settings, user, accelerator, services.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddSingleton<MachineTable>();
        builder.Services.AddSingleton<IHostedService, Lifetime>();
        builder.Services.AddSingleton<QemuApi>();
        builder.AddGrpcService<QemuApi>(QemuService.Descriptor, QemuMethods.Map);
        builder.ServeMetrics(settings.Metrics);
        return builder.Build();
    }

    private static MachineHost Assemble(QemuSettings settings, MachineUser? user, AcceleratorChoice accelerator, ILoggerFactory logs)
    {
        var qemuImg = new QemuImg(settings.QemuImgBinary, user: user?.ForTools);
        var parallelism = settings.Parallelism > 0 ? (int)settings.Parallelism : 2 * Environment.ProcessorCount;
        return new MachineHost
        {
            Settings = settings,
            NodeName = settings.NodeName.Length > 0 ? settings.NodeName : DefaultNodeName,
            Probe = new HostProbe(settings),
            Accelerator = accelerator,
            User = user,
            Groups = ControlGroups.Choose(settings.CgroupParent, logs.CreateLogger<ControlGroups>()),
            Networks = NetworkAssembly.Make(settings, user, logs, TimeProvider.System),
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
            if (host.User is { } user)
            {
                LogUser(user.Name);
            }
            else if (Account.IsRoot && OperatingSystem.IsMacOS())
            {
                LogRootOnMacOS();
            }
            else if (Account.IsRoot)
            {
                LogRoot(MachineUser.DefaultName);
            }

            await machines.StartAsync(cancellationToken);
        }

        // A stop that waits for its guest is not waited for: the next daemon goes on with it.
        public async Task StopAsync(CancellationToken cancellationToken)
        {
            await machines.EndAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await host.Networks.DisposeAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _lock?.Dispose();
        }

        [LoggerMessage(LogLevel.Information, "QEMU runs as {User}")]
        private partial void LogUser(string user);

        [LoggerMessage(LogLevel.Warning, "QEMU runs as root: make a user \"{User}\" for it (sudo useradd --system {User}), or name one as machine_user in the configuration")]
        private partial void LogRoot(string user);

        [LoggerMessage(LogLevel.Warning, "QEMU runs as root, and a guest that breaks out of it has the host: only vmnet networks need that, so run the daemon as a user if there are none")]
        private partial void LogRootOnMacOS();

        [LoggerMessage(LogLevel.Information, "guests run by {Accelerator}: {Reason}")]
        private partial void LogAccelerator(Protos.Instance.V1.Accelerator accelerator, string reason);
    }
}
