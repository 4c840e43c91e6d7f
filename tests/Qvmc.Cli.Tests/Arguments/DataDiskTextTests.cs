using Qvmc.Cli.Arguments;

namespace Qvmc.Cli.Tests.Arguments;

public sealed class DataDiskTextTests
{
    [Theory]
    [InlineData("10G", "", 10240u)]
    [InlineData("logs=512M", "logs", 512u)]
    [InlineData("a=b=1G", null, 0u)]
    [InlineData("=1G", null, 0u)]
    [InlineData("logs", null, 0u)]
    [InlineData("logs=", null, 0u)]
    [InlineData("", null, 0u)]
    public void Reads(string text, string? name, uint mib)
    {
        var read = DataDiskText.TryParse(text, out var disk, out var fault);
        Assert.Equal(name is not null, read);
        Assert.Equal(read, fault.Length == 0);
        Assert.True(!read || (disk.Name, disk.SizeMib) == (name, mib));
    }
}
