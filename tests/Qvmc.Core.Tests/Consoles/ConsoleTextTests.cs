using System.Text;
using Qvmc.Core.Consoles;

namespace Qvmc.Core.Tests.Consoles;

public sealed class ConsoleTextTests
{
    [Theory]
    [InlineData("plain\r\nlines\n", "plain\nlines\n")]
    [InlineData("tab\there", "tab\there")]
    [InlineData("\u001b[31mred\u001b[0m", "red")]
    [InlineData("\u001b]0;title\u0007text", "text")]
    [InlineData("a\u001b[2J\u001b[Hb", "ab")]
    [InlineData("\u001b", "\ufffd")]
    [InlineData("bell\u0007 null\0 \u009b31m", "bell\ufffd null\ufffd \ufffd31m")]
    [InlineData("over\rwritten", "over\ufffdwritten")]
    public void IsSafeToShow(string raw, string clean) => Assert.Equal(clean, ConsoleText.Clean(Encoding.UTF8.GetBytes(raw)));

    [Fact]
    public void BytesThatAreNotUtf8AreReplaced() => Assert.Equal("a\ufffdb", ConsoleText.Clean([(byte)'a', 0xff, (byte)'b']));

    [Fact]
    public void ACharacterThatWasCutInTwoIsLeftOut() => Assert.Equal("b", ConsoleText.Clean(Encoding.UTF8.GetBytes("äb").AsSpan(1)));
}
