using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Routing;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller.Tests;

public class MethodTests
{
    [Fact]
    public async Task Every_method_of_the_contract_is_served()
    {
        await using var app = ControllerDaemon.Create(new ControllerSettings
        {
            Listen = new Endpoint { Address = "unix:///nowhere" },
            StateDirectory = "/nowhere",
            Nodes = { new NodeSettings { Name = "a", Endpoint = new Endpoint { Address = "unix:///a" } } },
        });
        var served = ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Select(e => e.RoutePattern.RawText).ToHashSet();
        ServiceDescriptor[] services = [ControllerService.Descriptor, ImageService.Descriptor, NetworkService.Descriptor];
        Assert.All(services.SelectMany(s => s.Methods), m => Assert.Contains($"/{m.Service.FullName}/{m.Name}", served));
    }
}
