using Qvmc.Cli.Arguments;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Arguments;

public sealed class NicTextTests
{
    [Fact]
    public void Reads_a_name_and_all_that_can_be_said_of_an_interface()
    {
        Assert.True(NicText.TryParse("lan", out var plain, out _));
        Assert.Equal(new Nic { Network = "lan" }, plain);
        Assert.True(NicText.TryParse("lan,rate=100,mac=52:54:00:12:34:56,address=10.80.0.5,queues=2,slot=3", out var full, out _));
        Assert.Equal(new Nic { Network = "lan", Mac = "52:54:00:12:34:56", Address = "10.80.0.5", Queues = 2, RateMbit = 100, Slot = 3 }, full);
    }

    [Theory]
    [InlineData("", "does not begin with the name of a network")]
    [InlineData(",mac=1", "does not begin with the name of a network")]
    [InlineData("mac=52:54:00:12:34:56", "does not begin with the name of a network")]
    [InlineData("lan,adress=10.80.0.5", "\"adress\" is none of mac, address, queues, rate, slot; did you mean address?")]
    [InlineData("lan,", "\"\" is none of")]
    [InlineData("lan,mac", "mac has no value; write it like mac=52:54:00:12:34:56")]
    [InlineData("lan,rate=1,rate=2", "gives rate twice")]
    [InlineData("lan,rate=fast", "rate wants a number from 1; got \"fast\"")]
    [InlineData("lan,queues=0", "queues wants a number from 1; got \"0\"")]
    [InlineData("lan,queues=-1", "queues wants a number from 1")]
    public void Refuses(string text, string reason)
    {
        Assert.False(NicText.TryParse(text, out _, out var fault));
        Assert.Contains(reason, fault, StringComparison.Ordinal);
        Assert.Contains($"\"{text}\"", fault, StringComparison.Ordinal);
    }
}
