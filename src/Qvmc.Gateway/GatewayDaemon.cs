using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Qvmc.Gateway.Browsers;
using Qvmc.Gateway.Downloads;
using Qvmc.Gateway.OpenApi;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Streams;
using Qvmc.Gateway.Swagger;
using Qvmc.Gateway.Transcoding;
using Qvmc.Gateway.Tus;
using Qvmc.Gateway.Uploads;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Hosting.Daemons;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Gateway;

/// <summary>
/// "qvmc gateway": the controller's services over HTTP and JSON. It keeps nothing and decides nothing; every request
/// is one call to the controller.
/// </summary>
public static class GatewayDaemon
{
    private static readonly StreamLimits Streams = new(
        Heartbeat: TimeSpan.FromSeconds(15),
        Write: TimeSpan.FromSeconds(60),
        Download: TimeSpan.FromMinutes(5),
        FirstAnswer: TimeSpan.FromSeconds(1),
        Stopping: default);

    /// <summary>Builds the daemon. Nothing listens, and nothing is connected to, before it is started.</summary>
    /// <param name="settings">Settings that <see cref="GatewaySettingsRules.Check"/> finds nothing wrong with.</param>
    public static WebApplication Create(GatewaySettings settings) => Create(settings, Streams);

    internal static WebApplication Create(GatewaySettings settings, StreamLimits streams)
    {
        var builder = DaemonBuilder.Create("gateway", settings.Listen, settings.Log, settings.MaxCalls);
        builder.Services.AddSingleton(_ => GrpcChannels.Create(settings.Controller));
        builder.Services.AddSingleton(_ => new ByteChannelClient(settings.Controller));
        builder.Health.AddCheck<ControllerCheck>("controller");
        builder.AddMetrics();
        builder.AddMiddleware(ProblemMiddleware.Use);
        builder.AddMiddleware(new BrowserGuard(settings).Use);
        builder.AddMiddleware(builder.Calls.Use);
        builder.AddRoutes(routes => Map(routes, settings, streams));
        return builder.Build();
    }

    private static void Map(IEndpointRouteBuilder routes, GatewaySettings settings, StreamLimits streams)
    {
        var services = routes.ServiceProvider;
        var controller = services.GetRequiredService<GrpcChannel>().CreateCallInvoker();
        var channels = services.GetRequiredService<ByteChannelClient>();
        var time = services.GetRequiredService<TimeProvider>();
        var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        streams = streams with { Stopping = stopping };
        var transcoder = new Transcoder(controller, time, streams, GatewaySettingsRules.MaxBodyBytes(settings));
        transcoder.Map(routes, ControllerService.Descriptor, (_, _) => null);
        transcoder.Map(routes, ImageService.Descriptor, (binding, json) => Upload(binding, json, controller, channels, time, settings));
        transcoder.Map(routes, NetworkService.Descriptor, (_, _) => null);
        new TusRoutes(controller, channels, time, GatewaySettingsRules.MaxUploadBytes(settings), stopping).Map(routes);
        routes.MapMethods(ImageContentRoute.Binding.Path.RoutePattern, ["GET", "HEAD"], new ImageContentRoute(controller, time, streams).ServeAsync);
        routes.MapMethods(DiskRoute.Binding.Path.RoutePattern, ["GET"], new DiskRoute(controller, time, streams).ServeAsync);
        OperationsRoutes.Map(routes);
        OpenApiRoute.Map(routes);
        if (settings.Swagger)
        {
            SwaggerRoutes.Map(routes);
        }
    }

    // An import's path is an upload's too: what comes as JSON names a file on the controller's host, all else is the file.
    private static RequestDelegate? Upload(HttpBinding binding, RequestDelegate json, CallInvoker controller, ByteChannelClient channels, TimeProvider time, GatewaySettings settings) =>
        binding.Method.Name == nameof(ImageService.ImageServiceBase.ImportImage)
            ? new UploadRoute(controller, channels, time, GatewaySettingsRules.MaxUploadBytes(settings), json).ServeAsync
            : null;
}
