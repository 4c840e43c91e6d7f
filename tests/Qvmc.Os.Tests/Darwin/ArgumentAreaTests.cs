using System.Text;
using Qvmc.Os.Darwin;

namespace Qvmc.Os.Tests.Darwin;

public sealed class ArgumentAreaTests
{
    [Fact]
    public void TellsTheArgumentsAndNotTheEnvironment() =>
        Assert.Equal(["qemu", "-name", "", "ü"], Parse(4, "/opt/homebrew/bin/qemu\0\0\0\0qemu\0-name\0\0ü\0HOME=/Users/a\0"));

    [Theory]
    [InlineData(3, "/bin/sh\0sh\0-c")]
    [InlineData(3, "/bin/sh\0sh\0")]
    [InlineData(int.MaxValue, "/bin/sh\0sh\0")]
    public void OfADamagedAreaItTellsWhatIsWhole(int count, string area) => Assert.Equal(["sh"], Parse(count, area));

    [Theory]
    [InlineData(1, "")]
    [InlineData(1, "/bin/sh")]
    [InlineData(0, "/bin/sh\0sh\0")]
    [InlineData(-1, "/bin/sh\0sh\0")]
    public void OfNothingItTellsNothing(int count, string area) => Assert.Empty(Parse(count, area));

    [Fact]
    public void AnAreaTooShortForItsNumberIsNothing() => Assert.Empty(ArgumentArea.Parse([1, 0]));

    private static IReadOnlyList<string> Parse(int count, string area) => ArgumentArea.Parse([.. BitConverter.GetBytes(count), .. Encoding.UTF8.GetBytes(area)]);
}
