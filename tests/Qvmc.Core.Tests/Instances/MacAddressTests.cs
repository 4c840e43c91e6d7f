using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Tests.Instances;

public class MacAddressTests
{
    [Theory]
    [InlineData("52:54:00:12:34:56", "52:54:00:12:34:56")]
    [InlineData("AA:bb:CC:dd:EE:ff", "aa:bb:cc:dd:ee:ff")]
    public void Reads(string text, string canonical)
    {
        Assert.True(MacAddress.TryParse(text, out var mac));
        Assert.Equal(canonical, mac);
    }

    [Theory]
    [InlineData("")]
    [InlineData("52-54-00-12-34-56")]
    [InlineData("52:54:00:12:34")]
    [InlineData("52:54:00:12:34:5")]
    [InlineData("52:54:00:12:34: 6")]
    [InlineData("52:54:00:12:34:5\0")]
    [InlineData("52:54:00:12:34:56,id=x")]
    [InlineData("01:00:5e:00:00:01")]
    [InlineData("00:00:00:00:00:00")]
    [InlineData("ff:ff:ff:ff:ff:ff")]
    public void Refuses(string text) => Assert.False(MacAddress.TryParse(text, out _));

    // SHA-256("abcdefghijkl/0") begins a0 e3 de: a change here would change the addresses of machines that exist.
    [Fact]
    public void Derivation_is_the_same_for_life() => Assert.Equal("52:54:00:a0:e3:de", MacAddress.Derive("abcdefghijkl", 0));

    [Fact]
    public void Given_addresses_stay_and_no_two_are_the_same()
    {
        var clash = MacAddress.Derive("abcdefghijkl", 1);
        var macs = MacAddress.ForAll("abcdefghijkl", [new Nic { Mac = clash.ToUpperInvariant(), Slot = 1 }, new Nic { Slot = 2 }, new Nic { Slot = 3 }]);
        Assert.Equal(clash, macs[0]);
        Assert.Equal(3, macs.Distinct().Count());
        Assert.All(macs, m => Assert.True(MacAddress.TryParse(m, out _)));
    }
}
