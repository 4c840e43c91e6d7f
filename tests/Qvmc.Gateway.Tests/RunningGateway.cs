using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Qvmc.Gateway.Streams;
using Qvmc.Hosting.Daemons;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Gateway.Tests;

/// <summary>The real gateway on a loopback port, before a fake controller on a Unix socket.</summary>
public sealed class RunningGateway : IAsyncLifetime
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-gateway-").FullName;
    private WebApplication? _controller;
    private WebApplication _gateway = null!;

    public FakeController Controller { get; } = new();

    public HttpClient Http { get; private set; } = null!;

    public Uri Address { get; private set; } = null!;

    public string Socket => $"unix://{_directory}/c.sock";

    public Task InitializeAsync() => StartAsync(_ => { });

    public async Task StartAsync(Action<GatewaySettings> change, TimeSpan? heartbeat = null, bool withController = true, TimeSpan? firstAnswer = null)
    {
        if (withController)
        {
            var builder = DaemonBuilder.Create("fake", new Endpoint { Address = Socket }, new Log { Level = "error" });
            builder.Services.AddSingleton(Controller);
            builder.AddGrpcService<FakeInstances>(ControllerService.Descriptor);
            builder.AddGrpcService<FakeImages>(ImageService.Descriptor);
            builder.AddGrpcService<FakeNetworks>(NetworkService.Descriptor);
            builder.AddByteChannels();
            _controller = builder.Build();
            await _controller.StartAsync();
        }
        var settings = new GatewaySettings
        {
            Listen = new Endpoint { Address = "http://127.0.0.1:0" },
            Controller = new Endpoint { Address = Socket },
            MaxBodyKib = 64,
            MaxUploadGib = 1,
            Swagger = true,
            Log = new Log { Level = "error" },
            AllowedOrigins = { "https://console.example.com" },
        };
        change(settings);
        Assert.Empty(GatewaySettingsRules.Check(settings));
        _gateway = GatewayDaemon.Create(settings, new StreamLimits(heartbeat ?? TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(5), Download: TimeSpan.FromSeconds(1), firstAnswer ?? Limit, default));
        await _gateway.StartAsync();
        Address = new Uri(DaemonRunner.Address(_gateway).ToString());
        Http = new HttpClient { BaseAddress = Address, Timeout = Limit };
    }

    public async Task StopGatewayAsync() => await _gateway.StopAsync();

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await _gateway.StopAsync();
        await _gateway.DisposeAsync();
        if (_controller is not null)
        {
            await _controller.StopAsync();
            await _controller.DisposeAsync();
        }
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Sends a request with a JSON body, or none, and returns status, body and headers.</summary>
    public async Task<(HttpStatusCode Status, JsonObject Body, HttpResponseMessage Response)> SendAsync(
        string method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content ??= new ByteArrayContent([]);
                request.Content.Headers.Remove(name);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
        var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject() : new JsonObject { ["text"] = text }, response);
    }
}
