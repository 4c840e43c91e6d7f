using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Tests.Daemons;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Tests.Endpoints;

public sealed class MutualTlsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-tls-").FullName;
    private readonly TestAuthority _ours;
    private readonly TestAuthority _others;

    public MutualTlsTests()
    {
        _ours = new TestAuthority(_directory, "ours");
        _others = new TestAuthority(_directory, "others");
    }

    public void Dispose()
    {
        _ours.Dispose();
        _others.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Who_shows_our_authority_s_certificate_is_served()
    {
        await using var daemon = await StartAsync(_ours.Issue("client", trusted: _ours));

        Assert.Equal("a", (await daemon.Images.GetImageAsync(new GetImageRequest { Name = "a" })).Image.Name);
    }

    [Fact]
    public async Task Who_shows_another_s_is_not() => await RefusedAsync(_others.Issue("client", trusted: _ours));

    [Fact]
    public async Task Who_shows_none_is_not() => await RefusedAsync(new Tls { ClientCa = _ours.RootFile });

    [Fact]
    public async Task A_server_of_another_authority_is_not_trusted() => await RefusedAsync(_ours.Issue("client", trusted: _others));

    [Fact]
    public async Task A_server_that_only_the_system_could_vouch_for_is_not_trusted()
    {
        var keys = _ours.Issue("client", trusted: _ours);
        keys.ClientCa = "";

        await RefusedAsync(keys);
    }

    [Fact]
    public void Keys_that_are_not_there_are_named()
    {
        var keys = _ours.Issue("server", trusted: _ours);
        File.Delete(keys.Certificate);

        var fault = Assert.Throws<FaultException>(() => RunningDaemon.Build(Listen(keys)).StartAsync().GetAwaiter().GetResult());

        Assert.Contains(keys.Certificate, fault.Message, StringComparison.Ordinal);
    }

    private Task<RunningDaemon> StartAsync(Tls client) =>
        RunningDaemon.StartAsync(Listen(_ours.Issue("server", trusted: _ours)), connect: new Endpoint { Tls = client });

    private async Task RefusedAsync(Tls client)
    {
        await using var daemon = await StartAsync(client);

        var e = await Assert.ThrowsAsync<RpcException>(async () =>
            await daemon.Images.GetImageAsync(new GetImageRequest(), deadline: DateTime.UtcNow.AddSeconds(20)));

        Assert.Contains(e.StatusCode, new[] { StatusCode.Unavailable, StatusCode.Internal });
    }

    private static Endpoint Listen(Tls tls) => new() { Address = "https://127.0.0.1:0", Tls = tls };
}
