using System.Diagnostics.CodeAnalysis;
using Grpc.AspNetCore.Server.Model;
using Grpc.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Hosting.Endpoints;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Settings.V1;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Qvmc.Hosting.Daemons;

/// <summary>
/// Builds a daemon: a web application that listens where its settings say and nowhere else, reads no configuration
/// but those, logs to standard error, and leaves the process's signals and console alone.
/// </summary>
/// <remarks>
/// <code>
/// var builder = DaemonBuilder.Create("controller", settings.Listen, settings.Log);
/// builder.Services.AddSingleton(...);
/// builder.Health.AddCheck&lt;StoreCheck&gt;("store");
/// builder.AddGrpcService&lt;ControllerGrpc&gt;(ControllerService.Descriptor);
/// builder.ServeMetrics(settings.Metrics);
/// return builder.Build();
/// </code>
/// </remarks>
public sealed class DaemonBuilder
{
    // systemd's own limit is 90 s; a user who presses Ctrl-C wants less.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(8);

    private readonly WebApplicationBuilder _web;
    private readonly DaemonListeners _listeners = new();
    private readonly List<Action<IEndpointRouteBuilder>> _routes = [];
    private readonly List<Action<IApplicationBuilder>> _middleware = [];
    private readonly List<ServiceDescriptor> _reflected = [];
    private readonly string _name;

    private DaemonBuilder(string name, Endpoint listen, Log? log, uint maxCalls)
    {
        _name = name;
        Listen = listen;
        Calls = new ConcurrentCalls(maxCalls);
        _web = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = $"qvmc-{name}" });
        DaemonLog.Configure(_web.Logging, log);
        Services.AddRoutingCore();
        Services.AddSingleton<IHostLifetime, SilentLifetime>();
        Services.AddSingleton(new DaemonInfo(name, EndpointAddress.Parse(listen.Address)));
        Services.TryAddSingleton(TimeProvider.System);
        Services.AddSingleton(_ => Calls);
        Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopLimit);
        // grpc.health.v1 answers UNKNOWN while there is no check at all.
        Health = Services.AddHealthChecks().AddCheck("serving", () => HealthCheckResult.Healthy());
    }

    /// <summary>Where it listens.</summary>
    public Endpoint Listen { get; }

    /// <summary>How many calls it answers at a time. Of gRPC it is upheld; who serves HTTP puts it before his routes.</summary>
    public ConcurrentCalls Calls { get; }

    /// <summary>What it is made of.</summary>
    public IServiceCollection Services => _web.Services;

    /// <summary>What must be so for it to be ready. Without any check it is ready as soon as it serves.</summary>
    public IHealthChecksBuilder Health { get; }

    /// <summary>Begins a daemon.</summary>
    /// <param name="name">"qemu", "controller" or "gateway".</param>
    /// <param name="listen">Where it listens; has passed <see cref="EndpointRules"/>.</param>
    /// <param name="log">What it logs; null: the defaults.</param>
    /// <param name="maxCalls">How many calls it answers at a time; 0: <see cref="ConcurrentCalls.Default"/>.</param>
    public static DaemonBuilder Create(string name, Endpoint listen, Log? log, uint maxCalls = 0) => new(name, listen, log, maxCalls);

    /// <summary>Serves a gRPC service, and with the first one also grpc.health.v1 and reflection.</summary>
    public DaemonBuilder AddGrpcService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] TService>(ServiceDescriptor descriptor)
        where TService : class
    {
        Reflect(descriptor);
        _routes.Add(routes => routes.MapGrpcService<TService>());
        return this;
    }

    /// <summary>The same, method by method: a daemon that does so starts sooner.</summary>
    /// <param name="descriptor">The service.</param>
    /// <param name="map">Maps each of its methods.</param>
    public DaemonBuilder AddGrpcService<TService>(ServiceDescriptor descriptor, Action<ServiceMethods<TService>> map)
        where TService : class
    {
        Reflect(descriptor);
        Services.AddSingleton<Served<TService>>();
        Services.AddSingleton<IServiceMethodProvider<Served<TService>>>(new ServedMethods<TService>(descriptor, map));
        _routes.Add(routes => routes.MapGrpcService<Served<TService>>());
        return this;
    }

    /// <summary>Lets calls be brought bytes through channels: <see cref="ByteChannelServer"/>.</summary>
    public DaemonBuilder AddByteChannels()
    {
        Services.AddSingleton<ByteChannelServer>();
        _listeners.TakesChannels = true;
        return this;
    }

    /// <summary>Puts something before the routes; the first that is added stands outermost.</summary>
    public DaemonBuilder AddMiddleware(Action<IApplicationBuilder> use)
    {
        _middleware.Add(use);
        return this;
    }

    /// <summary>Serves HTTP routes.</summary>
    public DaemonBuilder AddRoutes(Action<IEndpointRouteBuilder> map)
    {
        _routes.Add(map);
        return this;
    }

    /// <summary>Serves /healthz, /readyz and /metrics over HTTP on an endpoint of their own, unless it is null.</summary>
    public DaemonBuilder ServeMetrics(Endpoint? endpoint)
    {
        if (endpoint is not null)
        {
            AddMetrics();
            _listeners.Metrics = endpoint;
        }
        return this;
    }

    /// <summary>Collects the metrics that <see cref="OperationsRoutes"/> serves.</summary>
    public DaemonBuilder AddMetrics()
    {
        DaemonMetrics.Add(Services, _name);
        return this;
    }

    /// <summary>Finishes the daemon. Nothing listens and no key is read before it is started.</summary>
    public WebApplication Build()
    {
        _listeners.Configure(_web, Listen, Calls.MaxConnections, speaksGrpc: _reflected.Count > 0);
        var app = _web.Build();
        if (_listeners.Metrics is not null)
        {
            app.MapWhen(DaemonListeners.IsMetrics, OperationsRoutes.Use);
        }
        if (_reflected.Count > 0)
        {
            MalformedRequests.Use(app);
        }
        foreach (var use in _middleware)
        {
            use(app);
        }
        app.UseRouting();
        StreamStop.Use(app);
        foreach (var map in _routes)
        {
            map(app);
        }
        return app;
    }

    private void Reflect(ServiceDescriptor descriptor)
    {
        if (_reflected.Count == 0)
        {
            AddGrpc();
        }
        _reflected.Add(descriptor);
    }

    private void AddGrpc()
    {
        // One of each for all calls.
        Services.AddSingleton<FaultInterceptor>();
        Services.AddSingleton<TakenStreams>();
        Services.AddGrpc(grpc =>
        {
            grpc.EnableDetailedErrors = false;
            grpc.Interceptors.Add<FaultInterceptor>();
            grpc.Interceptors.Add<ConcurrentCalls>();
            grpc.Interceptors.Add<TakenStreams>();
        });
        Services.AddGrpcHealthChecks();
        Services.AddSingleton(_ => new ReflectionServiceImpl([.. _reflected, Grpc.Health.V1.Health.Descriptor, Grpc.Reflection.V1Alpha.ServerReflection.Descriptor]));
        _routes.Add(routes =>
        {
            routes.MapGrpcHealthChecksService();
            routes.MapGrpcService<ReflectionServiceImpl>();
        });
    }
}
