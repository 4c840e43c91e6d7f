using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Images;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Limits;
using Qvmc.Controller.Networks;
using Qvmc.Controller.Nodes;
using Qvmc.Controller.Pulls;
using Qvmc.Controller.Reconcile;
using Qvmc.Controller.Records;
using Qvmc.Controller.Services;
using Qvmc.Controller.Uploads;
using Qvmc.Controller.Verbs;
using Qvmc.Controller.Watch;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Daemons;
using Qvmc.Images;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Network.V1;
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
    public static WebApplication Create(ControllerSettings settings) => Create(settings, TimeProvider.System);

    internal static WebApplication Create(ControllerSettings settings, TimeProvider time)
    {
        FaultException.ThrowIfAny(ControllerSettingsRules.Check(settings));
        var builder = DaemonBuilder.Create("controller", settings.Listen, settings.Log, settings.MaxCalls);
        builder.Services.AddSingleton(time);
        AddState(builder.Services, settings);
        AddVerbs(builder.Services, settings);
        builder.Services.AddHostedService<ControllerRuntime>();
        builder.Services.AddHostedService<CatalogueRefresh>();
        return builder
            .AddGrpcService<ControllerGrpc>(ControllerService.Descriptor, ControllerMethods.Map)
            .AddGrpcService<ImageGrpc>(ImageService.Descriptor, ImageMethods.Map)
            .AddGrpcService<NetworkGrpc>(NetworkService.Descriptor, NetworkMethods.Map)
            .AddByteChannels()
            .ServeMetrics(settings.Metrics)
            .Build();
    }

    /// <summary>The file of the records.</summary>
    internal static string StorePath(ControllerSettings settings) => Path.Combine(settings.StateDirectory, "store.db");

    private static void AddState(IServiceCollection services, ControllerSettings settings) => services
        .AddSingleton<IStore>(s => SqliteStore.Open(
            StorePath(settings), logger: s.GetRequiredService<ILogger<SqliteStore>>()))
        .AddSingleton(s => new EventJournal(s.GetRequiredService<TimeProvider>()))
        .AddSingleton<InstanceTable>()
        .AddSingleton<PendingLaunches>()
        .AddSingleton<RequestLedger>()
        .AddSingleton<InstanceRecords>()
        .AddSingleton<RecordLoader>()
        .AddSingleton<NodeNetworks>()
        .AddSingleton<HostClaims>()
        .AddSingleton<Placement>()
        .AddSingleton(LaunchBounds.Of(settings.LaunchLimits))
        .AddSingleton<LaunchRate>()
        .AddSingleton<HostRooms>()
        .AddSingleton<AddressReserving>()
        .AddSingleton<Admission>()
        .AddSingleton<ImageFeed>()
        .AddSingleton<ImageTable>()
        .AddSingleton<ImageUse>()
        .AddSingleton<ImageSweep>()
        .AddSingleton<ImageViews>()
        .AddSingleton<ImageWatch>()
        .AddSingleton<CdromImages>()
        .AddSingleton<ImageReferences>()
        .AddSingleton<ImageTaking>()
        .AddSingleton<DamagedImages>()
        .AddSingleton(s => new ImageRecordsCopy(
            ControllerSettingsRules.ImageDirectory(settings), s.GetRequiredService<ImageTable>(), s.GetRequiredService<ILogger<ImageRecordsCopy>>()))
        .AddSingleton<ImageKeeper>()
        .AddSingleton<ImagePrune>()
        .AddSingleton<PullWork>()
        .AddSingleton<ImagePulls>()
        .AddSingleton<PullRetry>()
        .AddSingleton<ImageUploads>()
        .AddSingleton(new UploadFiles(ControllerSettingsRules.ImageDirectory(settings)))
        .AddSingleton(ImageBounds.Of(settings.ImageLimits))
        .AddSingleton(new ImportDirectories(settings.ImportDirectories))
        .AddSingleton(s => new CatalogueSource(settings, s.GetRequiredService<ILogger<CatalogueSource>>()))
        .AddSingleton(s => new ImageStore(
            ControllerSettingsRules.ImageDirectory(settings),
            new QemuImg(settings.QemuImgBinary, s.GetRequiredService<TimeProvider>()),
            s.GetRequiredService<ILogger<ImageStore>>(),
            s.GetRequiredService<ImageBounds>().Store,
            s.GetRequiredService<TimeProvider>()))
        .AddSingleton(Fetcher)
        .AddSingleton(s => new NodeSessions(
            [.. settings.Nodes.Select(n => Session(s, n))], s.GetRequiredService<InstanceTable>()))
        .AddSingleton<OrderSender>()
        .AddSingleton<Reconciler>();

    private static NodeSession Session(IServiceProvider services, NodeSettings node) => new(
        node,
        services.GetRequiredService<InstanceTable>(),
        services.GetRequiredService<NodeNetworks>(),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<NodeSession>>());

    private static ImageFetcher Fetcher(IServiceProvider services)
    {
        var bounds = services.GetRequiredService<ImageBounds>();
        var imports = services.GetRequiredService<ImportDirectories>();
        return new ImageFetcher(
            services.GetRequiredService<ImageStore>(),
            new ImageFetcherOptions { StallLimit = bounds.PullStall, MaxBytes = bounds.Store.MaxBytes, OpenFile = imports.Open },
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<ImageFetcher>>());
    }

    private static void AddVerbs(IServiceCollection services, ControllerSettings settings) => services
        .AddSingleton<InstanceChanges>()
        .AddSingleton<HostCalls>()
        .AddSingleton<GuestCalls>()
        .AddSingleton<InstanceWaiter>()
        .AddSingleton<InstanceWatch>()
        .AddSingleton(settings.Defaults ?? new InstanceDefaults())
        .AddSingleton<LaunchVerb>()
        .AddSingleton<PowerVerbs>()
        .AddSingleton<UpdateVerb>()
        .AddSingleton<DiskVerbs>()
        .AddSingleton<CdromVerbs>()
        .AddSingleton<ForwardVerbs>()
        .AddSingleton<NicVerbs>()
        .AddSingleton<NetworkViews>()
        .AddSingleton<NetworkVerbs>()
        .AddSingleton<ExportVerb>()
        .AddSingleton<DeleteVerb>()
        .AddSingleton<QueryVerbs>()
        .AddSingleton<NodeVerbs>()
        .AddSingleton<ImageVerbs>()
        .AddSingleton<ImportVerbs>()
        .AddSingleton<UploadVerbs>()
        .AddSingleton<PullVerb>()
        .AddSingleton<ImageByteVerbs>()
        .AddSingleton<SearchVerb>()
        .AddSingleton<ControllerGrpc>()
        .AddSingleton<ImageGrpc>()
        .AddSingleton<NetworkGrpc>();
}
