using Qvmc.Cli.Arguments;

namespace Qvmc.Cli.Tests.Arguments;

public sealed class ForwardTextTests
{
    [Theory]
    [InlineData("8080:80", "127.0.0.1:8080->80/tcp")]
    [InlineData("8080:80/tcp", "127.0.0.1:8080->80/tcp")]
    [InlineData("53:53/UDP", "127.0.0.1:53->53/udp")]
    [InlineData("192.0.2.1:8080:80", "192.0.2.1:8080->80/tcp")]
    [InlineData("[::1]:8080:80/udp", "[::1]:8080->80/udp")]
    [InlineData("0.0.0.0:1:65535", "0.0.0.0:1->65535/tcp")]
    public void Reads_and_writes(string text, string written)
    {
        Assert.True(ForwardText.TryParse(text, out var forward, out _));
        Assert.Equal(written, ForwardText.Of(forward));
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData(":80")]
    [InlineData("80:")]
    [InlineData("0:80")]
    [InlineData("80:65536")]
    [InlineData("+80:80")]
    [InlineData("8080:80/sctp")]
    [InlineData("8080:80/")]
    [InlineData("1:2:3")]
    [InlineData("host:8080:80")]
    [InlineData("::1:8080:80")]
    [InlineData("256.0.0.1:8080:80")]
    public void Refuses(string text)
    {
        Assert.False(ForwardText.TryParse(text, out _, out var fault));
        Assert.Contains($"\"{text}\"", fault);
    }

    [Theory]
    [InlineData("8080", "127.0.0.1:8080/tcp")]
    [InlineData("53/udp", "127.0.0.1:53/udp")]
    [InlineData("192.0.2.1:8080/tcp", "192.0.2.1:8080/tcp")]
    [InlineData("[fd00::1]:80", "[fd00::1]:80/tcp")]
    [InlineData("", null)]
    [InlineData("8080:80", null)]
    [InlineData("0", null)]
    [InlineData("80/sctp", null)]
    [InlineData("fd00::1:80", null)]
    public void Reads_what_a_forward_listens_on(string text, string? written)
    {
        var read = ForwardText.TryParseHost(text, out var forward, out var fault);
        Assert.Equal(written, read ? $"{ForwardText.HostOf(forward)}/{ForwardText.ProtocolOf(forward)}" : null);
        Assert.True(read || fault.Contains($"\"{text}\"", StringComparison.Ordinal), fault);
    }
}
