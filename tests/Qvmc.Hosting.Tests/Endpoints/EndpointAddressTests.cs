using Qvmc.Core.Faults;
using Qvmc.Hosting.Endpoints;

namespace Qvmc.Hosting.Tests.Endpoints;

public sealed class EndpointAddressTests
{
    [Theory]
    [InlineData("unix:///run/q.sock", EndpointKind.Unix, true)]
    [InlineData("http://127.0.0.1:7080", EndpointKind.Http, true)]
    [InlineData("http://localhost:80", EndpointKind.Http, true)]
    [InlineData("http://[::1]:7080", EndpointKind.Http, true)]
    [InlineData("http://0.0.0.0:7080", EndpointKind.Http, false)]
    [InlineData("https://host.example:7443", EndpointKind.Https, false)]
    public void Reads_and_writes_the_same(string text, EndpointKind kind, bool local)
    {
        var address = EndpointAddress.Parse(text);

        Assert.Equal(kind, address.Kind);
        Assert.Equal(local, address.IsLocal);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("controller.sock")]
    [InlineData("unix:run/q.sock")]
    [InlineData("unix://run/q.sock")]
    [InlineData("unix:///run/")]
    [InlineData("tcp://127.0.0.1:1")]
    [InlineData("http://127.0.0.1")]
    [InlineData("https://host")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://127.0.0.1:7080/v1")]
    [InlineData("http://user@127.0.0.1:7080")]
    [InlineData("http://:7080")]
    public void Refuses_what_is_no_address(string text)
    {
        Assert.Equal(FaultCode.InvalidArgument, Assert.Throws<FaultException>(() => EndpointAddress.Parse(text)).Code);
    }

    [Fact]
    public void Refuses_paths_that_no_socket_can_have()
    {
        Assert.True(EndpointAddress.TryParse("unix:///" + new string('a', 102), out _, out _));
        Assert.False(EndpointAddress.TryParse("unix:///" + new string('ä', 54), out _, out var fault));
        Assert.Contains("109 bytes", fault, StringComparison.Ordinal);
    }
}
