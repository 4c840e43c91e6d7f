using System.Text;
using Qvmc.Qemu.Consoles;

namespace Qvmc.Qemu.Tests.Consoles;

public sealed class ConsoleLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-console-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void KeepsTheEndAndStaysUnderItsCap()
    {
        const int cap = 16 * 1024;
        using var log = new ConsoleLog(Path.Combine(_directory, "console.log"), cap);
        for (var i = 0; i < 10_000; i++)
        {
            log.Append(Encoding.ASCII.GetBytes($"line {i:d6}\n"));
        }

        Assert.InRange(Directory.EnumerateFiles(_directory).Sum(f => new FileInfo(f).Length), cap / 2, cap + 100);
        Assert.Equal("line 009998\nline 009999\n", Encoding.ASCII.GetString(log.Tail(24)));
        var all = Encoding.ASCII.GetString(log.Tail(cap));
        Assert.EndsWith("line 009999\n", all, StringComparison.Ordinal);
        Assert.InRange(all.Length, cap / 2, cap);
    }

    [Fact]
    public void OneGreatPieceIsCutToo()
    {
        const int cap = 16 * 1024;
        using var log = new ConsoleLog(Path.Combine(_directory, "console.log"), cap);
        log.Append(new byte[1 << 20]);
        Assert.InRange(Directory.EnumerateFiles(_directory).Sum(f => new FileInfo(f).Length), 1, cap);
    }

    [Fact]
    public void GoesOnAfterARestart()
    {
        var path = Path.Combine(_directory, "console.log");
        using (var log = new ConsoleLog(path, 16384))
        {
            log.Append("before "u8);
        }

        using var again = new ConsoleLog(path, 16384);
        again.Append("after"u8);
        Assert.Equal("before after", Encoding.ASCII.GetString(again.Tail(100)));
    }

    [Fact]
    public void NothingIsThereAtFirst()
    {
        using var log = new ConsoleLog(Path.Combine(_directory, "console.log"), 16384);
        Assert.Empty(log.Tail(100));
    }
}
