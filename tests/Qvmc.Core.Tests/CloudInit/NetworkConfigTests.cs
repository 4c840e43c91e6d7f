namespace Qvmc.Core.Tests.CloudInit;

public sealed class NetworkConfigTests
{
    [Theory]
    [InlineData("")]
    [InlineData("version: 2\nethernets:\n  eth0:\n    dhcp4: true\n")]
    [InlineData("network:\n  version: 2\n")]
    [InlineData("{\"version\": \"2\"}")]
    [InlineData("version: 1\nconfig:\n- type: physical\n  name: eth0\n")]
    [InlineData("network: {version: 1, config: []}")]
    [InlineData("network: {config: disabled}")]
    public void Version_1_or_2_is_taken(string text) => Assert.Null(Cloud.Network(text));

    [Theory]
    [InlineData("# nothing", "line 1, column 1: must be keys and values")]
    [InlineData("- eth0", "line 1, column 1: must be keys and values")]
    [InlineData("ethernets: {}", "line 1, column 1: has no \"version\"")]
    [InlineData("network:\n  ethernets: {}", "line 2, column 3: has no \"version\"")]
    [InlineData("network: 2", "line 1, column 10: under \"network:\" must be keys and values")]
    [InlineData("version: 3", "line 1, column 10: the version must be 1 or 2, and is \"3\"")]
    [InlineData("version: [2]", "line 1, column 10: the version must be 1 or 2")]
    [InlineData("version: 1", "line 1, column 1: version 1 needs a list under \"config:\"")]
    [InlineData("version: 2\nversion: 2", "line 2, column 1: \"version\" is given a second time")]
    [InlineData("version: 2\n  a: b", "line 2, column ")]
    public void Anything_else_is_refused_with_its_place(string text, string why) => Assert.StartsWith(why, Cloud.Network(text), StringComparison.Ordinal);

    [Fact]
    public void Size_is_bounded() => Assert.Equal("has 65537 bytes; at most 65536 are possible", Cloud.Network(new string('x', (64 << 10) + 1)));

    [Fact]
    public void Every_fault_comes_at_once_and_none_of_nothing()
    {
        Assert.Empty(Cloud.Check(null));
        var faults = Cloud.Check(new() { UserData = "x", NetworkConfig = "x", SshKeys = { "x", "y" } });
        Assert.Equal(["spec.cloud_init.user_data", "spec.cloud_init.network_config", "spec.cloud_init.ssh_keys[0]", "spec.cloud_init.ssh_keys[1]"], faults.Select(f => f.Field));
    }
}
