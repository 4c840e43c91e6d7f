using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Images;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Nodes;
using Qvmc.Controller.Reconcile;
using Qvmc.Controller.Records;
using Qvmc.Controller.Services;
using Qvmc.Controller.Verbs;
using Qvmc.Controller.Watch;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Daemons;
using Qvmc.Images;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Store;
using Qvmc.Store.Sqlite;

namespace Qvmc.Controller;

/// <summary>
/// The controller: owns the records of instances and images, and sees to it that hosts follow them. What it holds in
/// memory comes from its store and from its hosts, so it can be stopped and killed at any moment.
/// </summary>
public static class ControllerDaemon
{
    /// <summary>Puts the daemon together. It opens its store when it is started, and serves once that is loaded.</summary>
    /// <exception cref="FaultException">The settings are at fault.</exception>
    public static WebApplication Create(ControllerSettings settings)
    {
        FaultException.ThrowIfAny(ControllerSettingsRules.Check(settings));
        var builder = DaemonBuilder.Create("controller", settings.Listen, settings.Log);
        AddState(builder.Services, settings);
        AddVerbs(builder.Services, settings);
        builder.Services.AddHostedService<ControllerRuntime>();
        return builder
            .AddGrpcService<ControllerGrpc>(ControllerService.Descriptor)
            .AddGrpcService<ImageGrpc>(ImageService.Descriptor)
            .ServeMetrics(settings.Metrics)
            .Build();
    }

    private static void AddState(IServiceCollection services, ControllerSettings settings) => services
        .AddSingleton<IStore>(s => SqliteStore.Open(
            Path.Combine(settings.StateDirectory, "store.db"), logger: s.GetRequiredService<ILogger<SqliteStore>>()))
        .AddSingleton(s => new EventJournal(s.GetRequiredService<TimeProvider>()))
        .AddSingleton<InstanceTable>()
        .AddSingleton<PendingLaunches>()
        .AddSingleton<RequestLedger>()
        .AddSingleton<InstanceRecords>()
        .AddSingleton<RecordLoader>()
        .AddSingleton<Admission>()
        .AddSingleton<ImageCatalog>()
        .AddSingleton<ImageUse>()
        .AddSingleton<ImageKeeper>()
        .AddSingleton(new ImportDirectories(settings.ImportDirectories))
        .AddSingleton(s => new ImageStore(
            ControllerSettingsRules.ImageDirectory(settings),
            new QemuImg(settings.QemuImgBinary, s.GetRequiredService<TimeProvider>()),
            s.GetRequiredService<ILogger<ImageStore>>()))
        .AddSingleton(s => new NodeSessions(
            [.. settings.Nodes.Select(n => Session(s, n))], s.GetRequiredService<InstanceTable>()))
        .AddSingleton<OrderSender>()
        .AddSingleton<Reconciler>();

    private static NodeSession Session(IServiceProvider services, NodeSettings node) => new(
        node, services.GetRequiredService<InstanceTable>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<NodeSession>>());

    private static void AddVerbs(IServiceCollection services, ControllerSettings settings) => services
        .AddSingleton<GuestCalls>()
        .AddSingleton<InstanceWaiter>()
        .AddSingleton<InstanceWatch>()
        .AddSingleton(settings.Defaults ?? new InstanceDefaults())
        .AddSingleton<LaunchVerb>()
        .AddSingleton<PowerVerbs>()
        .AddSingleton<UpdateVerb>()
        .AddSingleton<DeleteVerb>()
        .AddSingleton<QueryVerbs>()
        .AddSingleton<NodeVerbs>()
        .AddSingleton<ImageVerbs>()
        .AddSingleton<ControllerGrpc>()
        .AddSingleton<ImageGrpc>();
}
