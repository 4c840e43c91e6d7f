using System.Net.Sockets;
using Qvmc.Os.Processes;
using Qvmc.Os.Sockets;

namespace Qvmc.Os.Tests.Processes;

public sealed class DetachedProcessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-os-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task TellsTheExitCode()
    {
        using var process = Shell("exit 7");
        Assert.Equal(new ExitStatus(7, null), await process.Exited.WaitAsync(Limit));
    }

    [Fact]
    public async Task TellsTheSignal()
    {
        using var process = Shell("sleep 60");
        process.Kill();
        var status = await process.Exited.WaitAsync(Limit);
        Assert.Equal(new ExitStatus(null, 9), status);
        Assert.Contains("SIGKILL", status.ToString(), StringComparison.Ordinal);
        Assert.False(process.Identity.IsAlive());
    }

    [Fact]
    public async Task GivesOnlyTheDescriptorsAskedForAndASessionOfItsOwn()
    {
        using var stray = File.OpenRead("/proc/self/status");
        using var first = ListeningSocket.Bind(Path.Combine(_directory, "a.sock"));
        using var second = ListeningSocket.Bind(Path.Combine(_directory, "b.sock"));
        using var process = DetachedProcess.Start(new DetachedStart
        {
            Program = "/bin/sh",
            Arguments = ["-c", "ls /proc/$$/fd | tr '\\n' ' '; cut -d' ' -f6 /proc/$$/stat; echo $$; env; pwd"],
            Environment = new Dictionary<string, string> { ["ONLY"] = "this", ["PATH"] = "/usr/bin:/bin" },
            WorkingDirectory = _directory,
            OutputPath = Path.Combine(_directory, "out"),
            Descriptors = [first.Handle, second.Handle],
        });
        await process.Exited.WaitAsync(Limit);
        var lines = await File.ReadAllLinesAsync(Path.Combine(_directory, "out"));
        Assert.StartsWith("0 1 2 3 4 ", lines[0], StringComparison.Ordinal);
        Assert.Equal(lines[1], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Last());
        Assert.Contains("ONLY=this", lines);
        Assert.DoesNotContain(lines, l => l.StartsWith("HOME=", StringComparison.Ordinal));
        Assert.Equal(_directory, lines[^1]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_directory, "out")));
    }

    [Fact]
    public void AMissingProgramIsAnError()
    {
        var e = Assert.Throws<OsException>(() => Start("/no/such/program", []));
        Assert.Contains("/no/such/program", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeesTheEndOfAProcessThatIsNotItsChild()
    {
        // The shell leaves a grandchild behind, as a daemon that is restarted leaves its machines.
        using var shell = Shell($"sleep 60 & echo $! > {_directory}/pid");
        await shell.Exited.WaitAsync(Limit);
        var pid = int.Parse(await File.ReadAllTextAsync(Path.Combine(_directory, "pid")), System.Globalization.CultureInfo.InvariantCulture);
        var identity = ProcessIdentity.Of(pid);
        Assert.NotNull(identity);
        using var orphan = ProcessHandle.Open(identity.Value);
        Assert.NotNull(orphan);
        Assert.False(orphan.Exited.IsCompleted);
        orphan.Kill();
        var status = await orphan.Exited.WaitAsync(Limit);
        Assert.Equal(new ExitStatus(null, 9), status);
    }

    [Fact]
    public void AnotherProcessOfThatPidIsNotTaken()
    {
        var own = ProcessIdentity.Of(Environment.ProcessId)!.Value;
        Assert.True(own.IsAlive());
        Assert.Null(ProcessHandle.Open(own with { StartTicks = own.StartTicks + 1 }));
    }

    [Fact]
    public async Task ConnectionsQueueUpBeforeTheOtherProcessListens()
    {
        var path = Path.Combine(_directory, "s.sock");
        using var socket = ListeningSocket.Bind(path);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path)).WaitAsync(Limit);
        socket.Dispose();
        Assert.True(File.Exists(path));
    }

    [Theory]
    [InlineData("42 (a b) c) S 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0", 777UL)]
    [InlineData("42 (dead) Z 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0", null)]
    [InlineData("42 (cut", null)]
    [InlineData("", null)]
    public void ReadsTheStartTime(string stat, ulong? ticks) =>
        Assert.Equal(ticks, Linux.ProcDirectory.Parse(42, stat)?.StartTicks);

    private ProcessHandle Shell(string script) => Start("/bin/sh", ["-c", script]);

    private ProcessHandle Start(string program, string[] arguments) => DetachedProcess.Start(new DetachedStart
    {
        Program = program,
        Arguments = arguments,
        Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
        WorkingDirectory = _directory,
        OutputPath = Path.Combine(_directory, "out"),
    });
}
