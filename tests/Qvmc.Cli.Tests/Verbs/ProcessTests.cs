using System.Diagnostics;
using Google.Protobuf;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Verbs;

/// <summary>What holds of the process: its signals, its streams and its exit code.</summary>
public sealed class ProcessTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string> Nothing = [];
    private FakeController _controller = null!;

    public async Task InitializeAsync() => _controller = await FakeController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_ends_the_wait_for_a_launch_and_deletes_nothing(string signal)
    {
        _controller.Instances.OnDelete = _ => throw new InvalidOperationException("nobody asked for a deletion");
        using var qvmc = CliProcess.Start(_controller.Address, Nothing, "launch", "web1", "--image", "tiny");
        await _controller.Instances.NextWatchAsync();
        _controller.Instances.Set(Samples.At("web1", State.Running, Stage.Booting));
        await qvmc.HearErrorAsync("web1: booting; waiting for the guest agent\n");
        await qvmc.SignalAsync(signal);
        Assert.Equal(130, await qvmc.EndAsync());
        Assert.Contains("qvmc: interrupted; web1 goes on (booting; waiting for the guest agent)\n", qvmc.Error);
        Assert.Equal("", await qvmc.Output);
    }

    [Fact]
    public async Task The_guests_exit_code_and_bytes_come_through()
    {
        _controller.Instances.OnExec = _ => new ExecResponse { ExitCode = 17, Stdout = ByteString.CopyFromUtf8("out"), Stderr = ByteString.CopyFromUtf8("err") };
        using var qvmc = CliProcess.Start(_controller.Address, Nothing, "exec", "web1", "--", "false");
        Assert.Equal(17, await qvmc.EndAsync());
        Assert.Equal(("out", "err"), (await qvmc.Output, qvmc.Error));
    }

    [Fact]
    public async Task Off_a_terminal_nothing_is_coloured_or_redrawn_even_where_one_is_claimed()
    {
        _controller.Instances.Set(Samples.Ready("web1"));
        using var qvmc = CliProcess.Start(_controller.Address, new Dictionary<string, string> { ["TERM"] = "xterm-256color", ["FORCE_COLOR"] = "1" }, "list");
        Assert.Equal(0, await qvmc.EndAsync());
        Assert.Equal("NAME  STATE    STAGE  IMAGE  CPUS  MEMORY   ADDRESS    NODE   AGE", (await qvmc.Output).Split('\n')[0]);
        Assert.DoesNotContain('\u001b', await qvmc.Output);
    }
    [Theory]
    [InlineData(">")]
    [InlineData(">>")]
    public async Task A_file_that_others_write_too_keeps_everything(string redirection)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("qvmc-cli-").FullName, "log");
        using (var shell = Process.Start("sh", ["-c", $"{{ echo first; dotnet \"$1\" version; dotnet \"$1\" version; echo last; }} {redirection} \"$2\"", "sh", typeof(CommandLine).Assembly.Location, path]))
        {
            await shell.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }

        var lines = await File.ReadAllLinesAsync(path);
        Assert.Equal(["first", lines[1], lines[1], "last"], lines);
        Assert.StartsWith("qvmc ", lines[1], StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
