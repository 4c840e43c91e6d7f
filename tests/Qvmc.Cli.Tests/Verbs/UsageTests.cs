using Qvmc.Cli.Tests.Fakes;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class UsageTests
{
    [Theory]
    [InlineData("list --bogus", "qvmc: Unrecognized option '--bogus'\nTry \"qvmc list --help\".\n")]
    [InlineData("delete web1 --al", "qvmc: Unrecognized option '--al'\nTry \"qvmc delete --help\".\n")]
    [InlineData("lst", "qvmc: Unrecognized command or argument 'lst'\nTry \"qvmc --help\".\n")]
    [InlineData("launch", "qvmc: give --image, or --cdrom and --disk to install on an empty disk\nTry \"qvmc launch --help\".\n")]
    [InlineData("launch --image a --cpus 0", "qvmc: --cpus: \"0\" is not a number from 1\nTry \"qvmc launch --help\".\n")]
    [InlineData("launch --image a --paused --no-start", "qvmc: --paused and --no-start exclude each other\nTry \"qvmc launch --help\".\n")]
    [InlineData("start", "qvmc: give the name of an instance, or --all\nTry \"qvmc start --help\".\n")]
    [InlineData("stop a --all", "qvmc: give names or --all, not both\nTry \"qvmc stop --help\".\n")]
    [InlineData("stop a --force --grace 5s", "qvmc: --force and --grace exclude each other\nTry \"qvmc stop --help\".\n")]
    [InlineData("update a", "qvmc: nothing to change; give --cpus, --memory, --disk, --label, --remove-label, --autostart or --no-autostart\nTry \"qvmc update --help\".\n")]
    [InlineData("update a --no-autostart --autostart-order 1", "qvmc: --autostart and --no-autostart exclude each other\nTry \"qvmc update --help\".\n")]
    [InlineData("launch --image a --autostart-order first", "qvmc: --autostart-order: \"first\" is not a number from 0\nTry \"qvmc launch --help\".\n")]
    [InlineData("list -o xml", "qvmc: --format: \"xml\" is none of table, json, yaml\nTry \"qvmc list --help\".\n")]
    [InlineData("list --state odd", "qvmc: --state: \"odd\" is not a state; they are stopped, starting, running, stopping, paused, failed, unknown\nTry \"qvmc list --help\".\n")]
    [InlineData("wait a --for ever", "qvmc: --for: \"ever\" is none of ready, running, address, stopped, paused, cloud-init\nTry \"qvmc wait --help\".\n")]
    [InlineData("exec a --bogus ls", "qvmc: Unrecognized option '--bogus'\nTry \"qvmc exec --help\".\n")]
    [InlineData("image", "qvmc: Required command was not provided\nTry \"qvmc image --help\".\n")]
    [InlineData("config example nope", "qvmc: Unrecognized command or argument 'nope'\nTry \"qvmc config example --help\".\n")]
    [InlineData("list --endpoint nonsense", "qvmc: address \"nonsense\" wants unix:///path, http://host:port or https://host:port; got \"nonsense\"\n")]
    [InlineData("launch --image a --user-data /nonexistent", "qvmc: --user-data: can't read /nonexistent: Could not find file '/nonexistent'.\n")]
    public async Task Says_what_is_wrong_in_one_line_and_hints_in_another(string line, string error)
    {
        using var run = await CliRun.EndAsync(null, line.Split(' '));
        Assert.Equal((ExitCode.Usage, error, ""), (await run.Exit, run.Error, run.Output));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("launch --image tiny")]
    [InlineData("watch")]
    [InlineData("start a")]
    [InlineData("stop a")]
    [InlineData("exec a ls")]
    [InlineData("image list")]
    [InlineData("node list")]
    public async Task A_controller_that_is_not_there_is_told_at_once(string line)
    {
        var nobody = $"unix://{Path.GetTempPath()}qvmc-nobody-{Guid.NewGuid():n}";
        using var run = CliRun.Begin(nobody, [], line.Split(' '));
        Assert.Equal(ExitCode.Unreachable, await run.EndAsync());
        Assert.StartsWith($"qvmc: can't reach the controller at {nobody}: there is no such socket; is it running?", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_that_nobody_listens_on_is_unreachable_too()
    {
        await using var controller = await FakeController.StartAsync();
        await controller.StopAsync();
        using (var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, default))
        {
            socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(controller.Socket));
            using var run = await CliRun.EndAsync(controller, "list");
            Assert.Equal(ExitCode.Unreachable, await run.Exit);
            Assert.Contains("nobody answers", run.Error);
        }
    }

    [Fact]
    public async Task The_version_and_the_help_need_no_controller()
    {
        using var version = await CliRun.EndAsync(null, "--version");
        using var verb = await CliRun.EndAsync(null, "version");
        Assert.Equal("qvmc 0.1.0\n", version.Output);
        Assert.Equal(version.Output, verb.Output);
        using var help = await CliRun.EndAsync(null);
        Assert.Contains("launch", help.Output);
        Assert.Equal(ExitCode.Success, await help.Exit);
    }
}
