using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks;
using Qvmc.Qemu.Networks.Vmnet;

namespace Qvmc.Qemu.Tests.Networks.Vmnet;

/// <summary>Everything of vmnet but vmnet, which only macOS has.</summary>
public sealed class VmnetNetworkTests
{
    private static readonly NetworkPowers Root = new(IsLinux: false, IsMacOS: true, IsRoot: true);
    private static readonly VmnetNetwork Shared = new() { Start = "192.168.105.1", End = "192.168.105.100", Mask = "255.255.255.0", Isolated = true };

    [Fact]
    public async Task SaysWhatQemuNeeds()
    {
        Assert.Equal("""{"type":"vmnet-shared","id":"net1"}""", await NetdevAsync(new VmnetNetwork()));
        Assert.Equal(
            """{"type":"vmnet-shared","id":"net1","start-address":"192.168.105.1","end-address":"192.168.105.100","subnet-mask":"255.255.255.0","isolated":true}""",
            await NetdevAsync(Shared));
        Assert.Equal("""{"type":"vmnet-bridged","id":"net1","ifname":"en0"}""", await NetdevAsync(new VmnetNetwork { Mode = VmnetMode.Bridged, Interface = "en0" }));
        Assert.Equal("""{"type":"vmnet-host","id":"net1"}""", await NetdevAsync(new VmnetNetwork { Mode = VmnetMode.Host }));
    }

    [Fact]
    public async Task ForwardsAreRefusedWithWhatToDoInstead()
    {
        var driver = Driver(Shared);
        Assert.False(driver.CanForward);
        var request = Request with { Forwards = [new PortForward { HostPort = 8080, GuestPort = 80 }] };
        var fault = Assert.Single(driver.Check(request));
        Assert.Equal("spec.forwards", fault.Field);
        Assert.Contains("by its address", fault.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<FaultException>(() => driver.AttachAsync(request, CancellationToken.None));
        await Assert.ThrowsAsync<FaultException>(() => driver.SetForwardsAsync(request, CancellationToken.None));
        await driver.SetForwardsAsync(Request, CancellationToken.None);
    }

    [Theory]
    [InlineData(true, false, "only to root")]
    [InlineData(false, true, "macOS'")]
    public async Task WithoutThePowersItCannotBeHadAndSaysWhy(bool onMacOS, bool isRoot, string words)
    {
        var driver = new VmnetNetworkDriver("lan", Shared, new NetworkPowers(!onMacOS, onMacOS, isRoot));
        Assert.Contains(words, Assert.Single(driver.Check(Request)).Message, StringComparison.Ordinal);
        var fault = await Assert.ThrowsAsync<FaultException>(() => driver.AttachAsync(Request, CancellationToken.None));
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.Equal(NetworkState.Failed, driver.Describe().State);
        Assert.Contains(words, driver.Describe().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TellsWhatIsKnownAndHasNothingToTakeOff()
    {
        var network = Driver(Shared).Describe();
        Assert.Equal((NetworkKind.Vmnet, NetworkState.Ready, "192.168.105.0/24", "192.168.105.1"), (network.Kind, network.State, network.Subnet, network.Gateway));
        Assert.Equal("", Driver(new VmnetNetwork()).Describe().Subnet);
        await Assert.ThrowsAsync<FaultException>(() => Driver(Shared).TeardownAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("192.168.105.1", "192.168.105.254", "255.255.255.0", "")]
    [InlineData("10.1.0.1", "10.1.255.254", "255.255.0.0", "")]
    [InlineData("192.168.105.1", "192.168.105.254", "255.0.255.0", "vmnet.mask")]
    [InlineData("192.168.105.1", "192.168.105.254", "0.0.0.0", "vmnet.mask")]
    [InlineData("192.168.105.1", "192.168.105.254", "255.255.255.255", "vmnet.mask")]
    [InlineData("203.0.113.1", "203.0.113.9", "255.255.255.0", "vmnet.start")]
    [InlineData("192.168.105.0", "192.168.105.254", "255.255.255.0", "vmnet.start")]
    [InlineData("192.168.105.1", "192.168.105.255", "255.255.255.0", "vmnet.start")]
    [InlineData("192.168.105.9", "192.168.105.9", "255.255.255.0", "vmnet.end")]
    [InlineData("192.168.105.1", "192.168.106.9", "255.255.255.0", "vmnet.end")]
    public void AddressesMustBeOfOnePrivateSubnet(string start, string end, string mask, string field) => Assert.Equal(
        field,
        string.Join(' ', VmnetSettingsRules.Check(new VmnetNetwork { Start = start, End = end, Mask = mask }, "vmnet").Select(f => f.Field)));

    private static NicRequest Request => new("abcdefghijkl", 2, "52:54:00:00:00:01");

    private static VmnetNetworkDriver Driver(VmnetNetwork settings) => new("lan", settings, Root);

    private static async Task<string> NetdevAsync(VmnetNetwork settings) =>
        (await Driver(settings).AttachAsync(Request, CancellationToken.None)).Netdev.ToJsonString();
}
