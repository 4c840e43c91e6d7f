using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Qvmc.Cli.Tests.Fakes;

/// <summary>A controller that does what a test says, on a Unix socket of its own.</summary>
public sealed class FakeController : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-cli-").FullName;
    private WebApplication? _app;

    public FakeInstances Instances { get; } = new();

    public FakeImages Images { get; } = new();

    public FakeNetworks Networks { get; } = new();

    public string Socket => Path.Combine(_directory, "c.sock");

    public string Address => $"unix://{Socket}";

    public static async Task<FakeController> StartAsync()
    {
        var fake = new FakeController();
        await fake.ServeAsync();
        return fake;
    }

    /// <summary>Serves; after <see cref="StopAsync"/> once more.</summary>
    public async Task ServeAsync()
    {
        File.Delete(Socket);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(Instances);
        builder.Services.AddSingleton(Images);
        builder.Services.AddSingleton(Networks);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Socket, listen => listen.Protocols = HttpProtocols.Http2));
        builder.WebHost.UseShutdownTimeout(TimeSpan.FromMilliseconds(100));
        _app = builder.Build();
        _app.MapGrpcService<FakeInstances>();
        _app.MapGrpcService<FakeImages>();
        _app.MapGrpcService<FakeNetworks>();
        await _app.StartAsync();
    }

    public async Task StopAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await StopAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
