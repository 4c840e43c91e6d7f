using System.IO.Compression;
using System.Text;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Verbs;

/// <summary>What a launch tells the guest's cloud-init, and what it tells of it.</summary>
public sealed class LaunchCloudInitTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-launch-").FullName;
    private FakeController _controller = null!;

    public async Task InitializeAsync() => _controller = await FakeController.StartAsync();

    public async Task DisposeAsync()
    {
        await _controller.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Sends_what_the_options_say()
    {
        const string user = "#cloud-config\r\n# ünï 🦊 \n\n";
        using var run = await CliRun.EndAsync(
            _controller, "launch", "web1", "--image", "debian", "--no-start",
            "--user-data", Write("user", user), "--network-config", Write("network", "version: 2\n"),
            "--hostname", "web1.example.org", "--timezone", "Europe/Berlin", "--package", "vim", "--package", "jq", "--no-agent", "--ssh-key", "ssh-ed25519 AAAA me");
        Assert.Equal((ExitCode.Success, ""), (await run.Exit, run.Error));
        Assert.Equal(
            new CloudInit
            {
                UserData = user,
                NetworkConfig = "version: 2\n",
                Hostname = "web1.example.org",
                Timezone = "Europe/Berlin",
                Packages = { "vim", "jq" },
                WithoutAgent = true,
                SshKeys = { "ssh-ed25519 AAAA me" },
            },
            Assert.Single(_controller.Instances.Launches).Spec.CloudInit);
    }

    [Fact]
    public async Task Nothing_said_is_nothing_sent()
    {
        using var run = await CliRun.EndAsync(_controller, "launch", "web1", "--image", "debian", "--no-start");
        Assert.Null(Assert.Single(_controller.Instances.Launches).Spec.CloudInit);
    }

    [Fact]
    public async Task Every_fault_is_told_at_once_and_nothing_is_sent()
    {
        using var run = await CliRun.EndAsync(
            _controller, "launch", "Web_1", "--image", "debian", "--user-data", Zipped("#cloud-config\n"), "--network-config", Path.Combine(_directory, "none"),
            "--ssh-key", "nokey", "--package", "-y", "--timezone", "+1");
        Assert.Equal(ExitCode.Usage, await run.Exit);
        Assert.Empty(_controller.Instances.Launches);
        var lines = run.Error.Split('\n');
        Assert.Equal("qvmc: 6 fields are at fault:", lines[0]);
        Assert.Matches("^  --user-data: .*/zipped is compressed by gzip; give the text itself", lines[1]);
        Assert.StartsWith("  --network-config: can't read", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("  --ssh-key: \"nokey\" is neither", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("  name: ", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("  spec.cloud_init.timezone: ", lines[5], StringComparison.Ordinal);
        Assert.StartsWith("  spec.cloud_init.packages[0]: ", lines[6], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused_before_they_are_changed()
    {
        var path = Path.Combine(_directory, "bytes");
        File.WriteAllBytes(path, [.. "#!/bin/sh\n"u8, 0xff, 0x41]);
        using var run = await CliRun.EndAsync(_controller, "launch", "web1", "--image", "debian", "--user-data", path);
        Assert.Equal((ExitCode.Usage, $"qvmc: --user-data: {path} is no UTF-8 text: byte 11 belongs to none\n"), (await run.Exit, run.Error));
        Assert.Empty(_controller.Instances.Launches);
    }

    [Fact]
    public async Task A_wait_for_cloud_init_shows_its_stages_and_ends_when_it_is_done()
    {
        using var run = Launch();
        await _controller.Instances.NextWatchAsync();
        _controller.Instances.Set(With("Running", "stage modules-final"));
        await run.HearErrorAsync("web1: ready; cloud-init works (stage modules-final)\n");
        _controller.Instances.Set(With("Done", ""));
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.StartsWith("web1 is up with cloud-init done (", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Error", "has errors of cloud-init: scripts_user: it broke")]
    [InlineData("NotFound", "has no cloud-init in its guest")]
    public async Task A_wait_for_cloud_init_ends_when_it_will_not_be_done(string reason, string why)
    {
        using var run = Launch();
        await _controller.Instances.NextWatchAsync();
        _controller.Instances.Set(With(reason, "scripts_user: it\u001bbroke"));
        Assert.Equal(ExitCode.Failure, await run.EndAsync());
        Assert.Contains($"qvmc: web1 {why}\nIt goes on. ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Running", "stage init", "at work: stage init")]
    [InlineData("Done", "", "done")]
    [InlineData("Done", "WARNING: x", "done: WARNING: x")]
    [InlineData("Error", "x: y", "failed: x: y")]
    [InlineData("NotFound", "", "none in the guest")]
    [InlineData("Disabled", "", "disabled in the guest")]
    [InlineData("Unreadable", "no", "not known: no")]
    [InlineData("Later", "x", "Later: x")]
    public async Task Info_says_it_in_words(string reason, string message, string words)
    {
        _controller.Instances.Set(With(reason, message));
        using var run = await CliRun.EndAsync(_controller, "info", "web1");
        Assert.Contains($"\nCloud-init: {words}\n", run.Output, StringComparison.Ordinal);
    }

    private CliRun Launch() => CliRun.Begin(_controller.Address, [], "launch", "web1", "--image", "debian", "--for", "cloud-init");

    private static Instance With(string reason, string message)
    {
        var instance = Samples.Ready("web1");
        instance.Status.Conditions.Add(new Condition { Type = ConditionType.CloudInit, Met = reason == "Done", Reason = reason, Message = message });
        return instance;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return path;
    }

    private string Zipped(string text)
    {
        var path = Path.Combine(_directory, "zipped");
        using var zip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        zip.Write(Encoding.UTF8.GetBytes(text));
        return path;
    }
}
