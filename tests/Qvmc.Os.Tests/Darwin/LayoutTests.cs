using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Qvmc.Os.Darwin;
using Qvmc.Os.Processes;

namespace Qvmc.Os.Tests.Darwin;

/// <summary>What can be held of macOS' structures without one: their sizes and places, as its headers give them.</summary>
public sealed class LayoutTests
{
    [Fact]
    public void StructuresAreAsLargeAsTheKernels()
    {
        Assert.Equal(136, Unsafe.SizeOf<BsdInfo>());
        Assert.Equal(32, Unsafe.SizeOf<KernelEvent>());
        Assert.Equal(144, Unsafe.SizeOf<FileStat>());
    }

    [Fact]
    public void FieldsLieWhereTheKernelPutsThem()
    {
        Assert.Equal(48, Offset<BsdInfo>(nameof(BsdInfo.Command)));
        Assert.Equal(96, Offset<BsdInfo>(nameof(BsdInfo.Files)));
        Assert.Equal(120, Offset<BsdInfo>(nameof(BsdInfo.StartSeconds)));
        Assert.Equal(12, Offset<KernelEvent>(nameof(KernelEvent.FilterFlags)));
        Assert.Equal(16, Offset<KernelEvent>(nameof(KernelEvent.Data)));
        Assert.Equal(16, Offset<FileStat>(nameof(FileStat.UserId)));
        Assert.Equal(32, Offset<FileStat>(nameof(FileStat.Times)));
        Assert.Equal(104, Offset<FileStat>(nameof(FileStat.Blocks)));
    }

    [Fact]
    public void AProcessIsNamedByItsStartToTheMicrosecond()
    {
        var info = new BsdInfo { Pid = 42, StartSeconds = 1_700_000_000, StartMicroseconds = 5 };
        Assert.Equal(new ProcessIdentity(42, 1_700_000_000_000_005), info.Identity);
    }

    [Fact]
    public void AnExitTellsItsStatusOnlyWhenTheKernelDid()
    {
        Assert.Null(new KernelEvent { FilterFlags = KernelEvent.NoteExit }.Status);
        var told = new KernelEvent { FilterFlags = KernelEvent.NoteExit | KernelEvent.NoteExitStatus, Data = 7 << 8 };
        Assert.Equal(new ExitStatus(7, null), told.Status);
        Assert.Equal(new ExitStatus(null, 9), (told with { Data = 9 }).Status);
        Assert.Equal(0x8400_0000, KernelEvent.OfExit(42, withStatus: true).FilterFlags);
        Assert.Equal(-5, KernelEvent.OfExit(42, withStatus: false).Filter);
    }

    [Theory]
    [InlineData(10, true, " (SIGBUS)")]
    [InlineData(10, false, "")]
    [InlineData(7, false, " (SIGBUS)")]
    [InlineData(31, true, "")]
    public void SignalsHaveTheirHostsNames(int signal, bool onMacOS, string name) => Assert.Equal(name, ExitStatus.Name(signal, onMacOS));

    // On Apple silicon a variadic function finds its further arguments on the stack, where a P/Invoke doesn't put them.
    [Fact]
    public void NothingVariadicIsCalledOnMacOS()
    {
        var source = Path.GetFullPath(Path.Combine(Folder(), "..", "..", "..", "src", "Qvmc.Os"));
        string[] variadic = ["open", "openat", "fcntl", "ioctl", "syscall", "shm_open", "sem_open", "semctl", "execl", "execlp", "printf", "prctl"];
        var calls = Directory.EnumerateFiles(Path.Combine(source, "Darwin"), "*.cs")
            .SelectMany(f => Regex.Matches(File.ReadAllText(f), "EntryPoint = \"([^\"]+)\"").Select(m => m.Groups[1].Value))
            .ToList();
        Assert.NotEmpty(calls);
        Assert.Empty(calls.Intersect(variadic));

        // Two of Linux' own are, and say whose they are; open(2) is called without the argument that would be.
        var libC = string.Concat(Directory.EnumerateFiles(Path.Combine(source, "Linux"), "LibC*.cs").Select(File.ReadAllText));
        Assert.All(
            Regex.Matches(libC, "(?<before>[^\n]*)\n *\\[LibraryImport\\(Library, EntryPoint = \"(?<name>[^\"]+)\"").Where(m => variadic.Contains(m.Groups["name"].Value)),
            m => Assert.True(m.Groups["before"].Value.Trim() == "// Linux only." || m.Groups["name"].Value == "open", m.Value));
        Assert.Contains("int Open(string path, int flags);", libC, StringComparison.Ordinal);
    }

    private static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
