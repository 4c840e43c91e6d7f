using System.Text;
using Qvmc.Testing;

namespace Qvmc.Qemu.Tests.Guest;

/// <summary>How a watch follows a guest's cloud-init.</summary>
public sealed class CloudInitWatchTests
{
    private const string Working = """{"v1": {"datasource": null, "stage": "modules-config"}}""";
    private const string Clean = """{"v1": {"datasource": "DataSourceNoCloud", "errors": []}}""";

    [Fact]
    public async Task It_is_followed_to_its_end_and_left_alone_then()
    {
        await using var guest = new WatchedGuest();
        guest.Agent.Files["/run/cloud-init"] = null;
        guest.Watch.PortOpened();
        var first = await guest.HearAsync(r => r.Answers);
        Assert.Null(first.CloudInit);
        Assert.Equal("not begun", (await guest.HearAsync("Running")).Message);
        guest.Write("status.json", Working);
        Assert.Equal("stage modules-config", (await guest.HearAsync("Running")).Message);
        guest.Write("result.json", Clean);
        Assert.Equal("", (await guest.HearAsync("Done")).Message);
        Assert.DoesNotContain("guest-file-open", await guest.CommandsAsync(3));
        Assert.Equal(0, guest.Agent.OpenFiles);
    }

    [Fact]
    public async Task A_restart_of_the_agent_changes_nothing_and_one_of_the_guest_does()
    {
        await using var guest = new WatchedGuest();
        guest.Write("result.json", Clean);
        guest.Watch.PortOpened();
        await guest.HearAsync("Done");
        guest.Watch.PortClosed();
        Assert.Equal("Done", (await guest.HearAsync(r => !r.Answers)).CloudInit?.Reason);
        guest.Watch.PortOpened();
        Assert.Equal("Done", (await guest.HearAsync(r => r.Answers)).CloudInit?.Reason);

        guest.Watch.Rebooted();
        Assert.Null((await guest.HearAsync(r => !r.Answers)).CloudInit);
        guest.Agent.Files.Clear();
        guest.Write("status.json", Working);
        guest.Watch.PortOpened();
        Assert.Null((await guest.HearAsync(r => r.Answers)).CloudInit);
        await guest.HearAsync("Running");
    }

    [Fact]
    public async Task A_boot_that_was_missed_is_noticed()
    {
        await using var guest = new WatchedGuest();
        guest.Write("result.json", Clean);
        guest.Watch.PortOpened();
        await guest.HearAsync("Done");
        guest.Watch.PortClosed();
        guest.Agent.Files.Clear();
        guest.Write("status.json", Working);
        guest.Watch.PortOpened();
        await guest.HearAsync("Running");
    }

    [Fact]
    public async Task A_guest_without_it_is_given_time_and_looked_at_again()
    {
        await using var guest = new WatchedGuest();
        guest.Watch.PortOpened();
        Assert.Null((await guest.HearAsync(r => r.Answers)).CloudInit);
        await guest.HearAsync("NotFound");
        guest.Write("status.json", Working);
        await guest.HearAsync("Running");
    }

    [Fact]
    public async Task A_windows_guest_has_none()
    {
        await using var guest = new WatchedGuest();
        guest.Agent.On("guest-get-osinfo", ScriptedReply.Return(new System.Text.Json.Nodes.JsonObject { ["id"] = "mswindows" }));
        guest.Agent.On("guest-file-open", ScriptedReply.Error("The system cannot find the path specified. (error: 3)"));
        guest.Watch.PortOpened();
        await guest.HearAsync("NotFound");
    }

    [Fact]
    public async Task Disabled_is_told_and_final()
    {
        await using var guest = new WatchedGuest();
        guest.Write("disabled", "");
        guest.Watch.PortOpened();
        await guest.HearAsync("Disabled");
        Assert.DoesNotContain("guest-file-open", await guest.CommandsAsync(2));
    }

    [Fact]
    public async Task Where_the_agent_may_not_read_files_a_program_does()
    {
        await using var guest = new WatchedGuest();
        guest.Agent.On("guest-file-open", ScriptedReply.Error("Command guest-file-open has been disabled", "CommandNotFound"));
        guest.Agent.OnExec(command => Head(guest, command));
        guest.Agent.Files["/run/cloud-init"] = null;
        guest.Watch.PortOpened();
        Assert.Equal("not begun", (await guest.HearAsync("Running")).Message);
        guest.Write("status.json", Working);
        Assert.Equal("stage modules-config", (await guest.HearAsync("Running")).Message);
        guest.Write("result.json", """{"v1": {"errors": ["broken"]}}""");
        Assert.Equal("broken", (await guest.HearAsync("Error")).Message);
        Assert.DoesNotContain("guest-exec", await guest.CommandsAsync(2));
    }

    [Fact]
    public async Task Where_nothing_is_allowed_it_is_given_up()
    {
        await using var guest = new WatchedGuest();
        guest.Agent.On("guest-file-open", ScriptedReply.Error("Command guest-file-open has been disabled", "CommandNotFound"));
        guest.Agent.On("guest-exec", ScriptedReply.Error("Command guest-exec has been\u001b[31m disabled", "CommandNotFound"));
        guest.Watch.PortOpened();
        Assert.Equal("guest agent command guest-exec failed: Command guest-exec has been [31m disabled (CommandNotFound)", (await guest.HearAsync("Unreadable")).Message);
        Assert.DoesNotContain("guest-file-open", await guest.CommandsAsync(2));
        Assert.True(guest.Watch.Answers);
    }

    [Fact]
    public async Task A_file_that_may_not_be_read_is_told()
    {
        await using var guest = new WatchedGuest();
        guest.Agent.On("guest-file-open", ScriptedReply.Error("failed to open file '/run/cloud-init/result.json' (mode: 'r'): Permission denied"));
        guest.Agent.OnExec(_ => new FakeGuestProcess { ExitCode = 1, Stderr = "head: cannot open '/run/cloud-init/result.json' for reading: Permission denied\n"u8.ToArray() });
        guest.Watch.PortOpened();
        Assert.EndsWith("for reading: Permission denied", (await guest.HearAsync("Unreadable")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replies_that_are_none_do_not_make_the_agent_silent()
    {
        await using var guest = new WatchedGuest();
        guest.Write("result.json", Clean);
        guest.Agent.On("guest-file-read", ScriptedReply.Return(new System.Text.Json.Nodes.JsonArray()));
        guest.Watch.PortOpened();
        await guest.HearAsync("Unreadable");
        await guest.CommandsAsync(2);
        Assert.True(guest.Watch.Answers);
    }

    [Theory]
    [InlineData("failed", "signal", "stage modules-config: cloud-final.service failed (signal), and left no result")]
    [InlineData("inactive", "success", "stage modules-config: cloud-final.service does not run and is not going to, and left no result")]
    public async Task One_that_was_killed_is_an_error_when_systemd_says_so(string state, string result, string message)
    {
        await using var guest = new WatchedGuest();
        guest.Write("status.json", Working);
        var unit = "LoadState=loaded\nActiveState=activating\nResult=success\nJob=7\n";
        var asked = 0;
        guest.Agent.OnExec(command =>
        {
            Assert.Equal("systemctl", command.Text("path"));
            asked++;
            return new FakeGuestProcess { Stdout = Encoding.UTF8.GetBytes(unit) };
        });
        guest.Watch.PortOpened();
        Assert.Equal("stage modules-config", (await guest.HearAsync("Running")).Message);
        await guest.Agent.ReceivedAsync("guest-exec");
        await guest.Agent.ReceivedAsync("guest-exec");
        unit = $"LoadState=loaded\nActiveState={state}\nResult={result}\n";
        Assert.Equal(message, (await guest.HearAsync("Error")).Message);
        Assert.InRange(asked, 2, int.MaxValue);
    }

    [Fact]
    public async Task A_result_that_came_while_systemd_was_asked_counts()
    {
        await using var guest = new WatchedGuest();
        guest.Write("status.json", Working);
        guest.Agent.OnExec(_ =>
        {
            guest.Write("result.json", Clean);
            return new FakeGuestProcess { Stdout = "LoadState=loaded\nActiveState=active\nResult=success\n"u8.ToArray() };
        });
        guest.Watch.PortOpened();
        var ended = await guest.HearAsync(r => r.CloudInit is { Reason: not "Running" });
        Assert.Equal("Done", ended.CloudInit!.Reason);
    }

    [Fact]
    public async Task Where_systemd_can_not_be_asked_that_is_told_after_a_long_time()
    {
        await using var guest = new WatchedGuest();
        guest.Write("status.json", Working);
        guest.Agent.On("guest-exec", ScriptedReply.Error("Failed to execute child process \u201csystemctl\u201d (No such file or directory)"));
        guest.Watch.PortOpened();
        Assert.Equal("stage modules-config", (await guest.HearAsync("Running")).Message);
        var told = await guest.HearAsync(r => r.CloudInit?.Message != "stage modules-config");
        Assert.Equal("Running", told.CloudInit!.Reason);
        Assert.StartsWith("stage modules-config, unchanged for 5 minutes or more; systemd can't be asked whether it still runs: guest agent command guest-exec failed", told.CloudInit.Message, StringComparison.Ordinal);
        guest.Write("status.json", Working.Replace("config", "final", StringComparison.Ordinal));
        Assert.Equal("stage modules-final", (await guest.HearAsync(r => r.CloudInit != told.CloudInit)).CloudInit!.Message);
    }

    [Fact]
    public async Task A_huge_file_is_not_read_to_its_end()
    {
        await using var guest = new WatchedGuest();
        guest.Write("result.json", new string(' ', 4 << 20) + Clean);
        guest.Watch.PortOpened();
        Assert.Equal("its result.json has more than 256 KiB", (await guest.HearAsync("Error")).Message);
    }

    // What coreutils' head says and does.
    private static FakeGuestProcess Head(WatchedGuest guest, ScriptedCommand command)
    {
        if (command.Text("path") == "systemctl")
        {
            return new FakeGuestProcess { Stdout = "LoadState=loaded\nActiveState=activating\nResult=success\n"u8.ToArray() };
        }

        var arguments = command.Arguments["arg"]!.AsArray().Select(a => a!.GetValue<string>()).ToList();
        Assert.Equal(("head", "-c"), (command.Text("path"), arguments[0]));
        var path = arguments[2];
        if (!guest.Agent.Files.TryGetValue(path, out var bytes))
        {
            return new FakeGuestProcess { ExitCode = 1, Stderr = Encoding.UTF8.GetBytes($"head: cannot open '{path}' for reading: No such file or directory\n") };
        }

        return bytes is null
            ? new FakeGuestProcess { ExitCode = 1, Stderr = Encoding.UTF8.GetBytes($"head: error reading '{path}': Is a directory\n") }
            : new FakeGuestProcess { Stdout = bytes[..Math.Min(bytes.Length, int.Parse(arguments[1], System.Globalization.CultureInfo.InvariantCulture))] };
    }
}
