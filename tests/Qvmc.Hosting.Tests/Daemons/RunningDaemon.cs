using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Qvmc.Hosting.Daemons;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Tests.Daemons;

/// <summary>A daemon in this process, and a channel to it.</summary>
public sealed class RunningDaemon : IAsyncDisposable
{
    private RunningDaemon(WebApplication app, ImageScript script, GrpcChannel channel)
    {
        App = app;
        Script = script;
        Channel = channel;
        Images = new ImageService.ImageServiceClient(channel);
    }

    public WebApplication App { get; }

    public ImageScript Script { get; }

    public GrpcChannel Channel { get; }

    public ImageService.ImageServiceClient Images { get; }

    public static WebApplication Build(Endpoint listen, ImageScript? script = null, Endpoint? metrics = null, TimeProvider? time = null, uint maxCalls = 0)
    {
        var builder = DaemonBuilder.Create("test", listen, new Log { Level = "error" }, maxCalls);
        builder.Services.AddSingleton(script ?? new ImageScript());
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.AddGrpcService<ScriptedImages>(ImageService.Descriptor);
        builder.AddByteChannels();
        builder.ServeMetrics(metrics);
        return builder.Build();
    }

    public static async Task<RunningDaemon> StartAsync(Endpoint listen, Endpoint? metrics = null, Endpoint? connect = null, TimeProvider? time = null, uint maxCalls = 0)
    {
        var script = new ImageScript();
        var app = Build(listen, script, metrics, time, maxCalls);
        await app.StartAsync();
        var to = connect?.Clone() ?? new Endpoint();
        to.Address = DaemonRunner.Address(app).ToString();
        return new RunningDaemon(app, script, GrpcChannels.Create(to));
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
