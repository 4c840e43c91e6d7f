using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Tests.Endpoints;

public sealed class EndpointRulesTests
{
    private static readonly Tls Keys = new() { Certificate = "/c", PrivateKey = "/k" };
    private static readonly Tls MutualKeys = new() { Certificate = "/c", PrivateKey = "/k", ClientCa = "/ca" };

    public static TheoryData<Endpoint?, EndpointUse, string> Cases => new()
    {
        { null, EndpointUse.Listen, "listen" },
        { new Endpoint(), EndpointUse.Listen, "listen.address" },
        { new Endpoint { Address = "nonsense" }, EndpointUse.Listen, "listen.address" },
        { new Endpoint { Address = "unix:///a", SocketMode = "0660", SocketGroup = "kvm" }, EndpointUse.Listen, "" },
        { new Endpoint { Address = "unix:///a", SocketMode = "0660", SocketGroup = "kvm" }, EndpointUse.Connect, "listen.socket_mode listen.socket_group" },
        { new Endpoint { Address = "unix:///a", SocketMode = "rw" }, EndpointUse.Listen, "listen.socket_mode" },
        { new Endpoint { Address = "unix:///a", SocketMode = "0077" }, EndpointUse.Listen, "listen.socket_mode" },
        { new Endpoint { Address = "unix:///a", SocketMode = "4600" }, EndpointUse.Listen, "listen.socket_mode" },
        { new Endpoint { Address = "unix:///a", Tls = Keys }, EndpointUse.Listen, "listen.tls" },
        { new Endpoint { Address = "http://127.0.0.1:0" }, EndpointUse.Listen, "" },
        { new Endpoint { Address = "http://127.0.0.1:0" }, EndpointUse.Connect, "listen.address" },
        { new Endpoint { Address = "http://10.0.0.1:70" }, EndpointUse.Listen, "listen.address" },
        { new Endpoint { Address = "http://10.0.0.1:70" }, EndpointUse.Connect, "listen.address" },
        { new Endpoint { Address = "https://127.0.0.1:70", Tls = Keys }, EndpointUse.Listen, "" },
        { new Endpoint { Address = "https://10.0.0.1:70", Tls = Keys }, EndpointUse.Listen, "listen.tls.client_ca" },
        { new Endpoint { Address = "https://10.0.0.1:70", Tls = MutualKeys }, EndpointUse.Listen, "" },
        { new Endpoint { Address = "https://10.0.0.1:70" }, EndpointUse.Listen, "listen.tls.certificate listen.tls.private_key listen.tls.client_ca" },
        { new Endpoint { Address = "https://10.0.0.1:70" }, EndpointUse.Connect, "" },
        { new Endpoint { Address = "https://10.0.0.1:70", Tls = new Tls { Certificate = "/c" } }, EndpointUse.Connect, "listen.tls.private_key" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Finds_what_is_unsafe_or_incomplete(Endpoint? endpoint, EndpointUse use, string fields)
    {
        Assert.Equal(fields, string.Join(' ', EndpointRules.Check(endpoint, "listen", use).Select(f => f.Field)));
    }
}
