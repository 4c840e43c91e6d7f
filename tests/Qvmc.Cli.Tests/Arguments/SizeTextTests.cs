using Qvmc.Cli.Arguments;

namespace Qvmc.Cli.Tests.Arguments;

public sealed class SizeTextTests
{
    [Theory]
    [InlineData("512", 512)]
    [InlineData("512M", 512)]
    [InlineData("512m", 512)]
    [InlineData("512 MiB", 512)]
    [InlineData("4G", 4096)]
    [InlineData("4GB", 4096)]
    [InlineData("1.5GiB", 1536)]
    [InlineData("2048K", 2)]
    [InlineData("64T", 67108864)]
    [InlineData("4294967295", 4294967295)]
    public void Reads(string text, uint mib)
    {
        Assert.True(SizeText.TryParse(text, out var read, out _));
        Assert.Equal(mib, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("-1G")]
    [InlineData("4X")]
    [InlineData("4G4")]
    [InlineData("1,5G")]
    [InlineData("1e3")]
    [InlineData("1.2.3G")]
    [InlineData("0")]
    [InlineData("0.0001M")]
    [InlineData("0.3G")]
    [InlineData("4096T")]
    [InlineData("4294967296")]
    [InlineData("79228162514264337593543950335T")]
    [InlineData("99999999999999999999999999999999999999")]
    public void Refuses(string text)
    {
        Assert.False(SizeText.TryParse(text, out _, out var fault));
        Assert.Contains($"\"{text}\"", fault);
    }

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1023, "1023 bytes")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(20L * 1024 * 1024, "20 MiB")]
    [InlineData(5L << 40, "5 TiB")]
    public void Writes(ulong bytes, string text) => Assert.Equal(text, SizeText.OfBytes(bytes));
}
