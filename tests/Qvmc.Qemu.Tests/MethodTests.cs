using Microsoft.AspNetCore.Routing;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Qemu.Tests;

public class MethodTests
{
    [Fact]
    public async Task EveryMethodOfTheContractIsServed()
    {
        await using var app = QemuDaemon.Create(new QemuSettings
        {
            Listen = new Endpoint { Address = "unix:///nowhere" },
            StateDirectory = "/nowhere",
            ImageDirectory = "/nowhere",
        });
        var served = ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Select(e => e.RoutePattern.RawText).ToHashSet();
        Assert.All(QemuService.Descriptor.Methods, m => Assert.Contains($"/{m.Service.FullName}/{m.Name}", served));
    }
}
