using System.Text.Json;
using Qvmc.Cli.Doctor;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Qemu.Host;

namespace Qvmc.Cli.Tests.Doctor;

public sealed class DoctorTests
{
    [Fact]
    public async Task A_tool_that_is_missing_fails_with_the_command_that_installs_it()
    {
        var finding = await ToolCheck.RunAsync("qvmc-no-such-tool", CancellationToken.None);
        Assert.Equal(Outcome.Fail, finding.Outcome);
        Assert.NotEmpty(finding.Fix);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public async Task Each_program_that_decompresses_tells_its_version(string tool)
    {
        var finding = await ToolCheck.DecompressorAsync(tool, CancellationToken.None);
        Assert.Equal(Outcome.Ok, finding.Outcome);
        Assert.Matches(@"^version \d+\.\d+", finding.Detail);
    }

    [Fact]
    public async Task Without_one_that_decompresses_the_rest_still_works()
    {
        var finding = await ToolCheck.DecompressorAsync("qvmc-no-such-tool", CancellationToken.None);
        Assert.Equal(Outcome.Warn, finding.Outcome);
        Assert.Contains("compressed by qvmc-no-such-tool", finding.Detail, StringComparison.Ordinal);
        Assert.NotEmpty(finding.Fix);
        Assert.Equal(Outcome.Ok, (await ToolCheck.ConfinementAsync(CancellationToken.None)).Outcome);
    }

    [Theory]
    [InlineData("ID=debian\n", "xz", "sudo apt-get install -y xz-utils")]
    [InlineData("ID=fedora\n", "zstd", "sudo dnf install -y zstd")]
    [InlineData("", "gzip", "install gzip")]
    [InlineData("ID=debian\n", "setpriv", "sudo apt-get install -y util-linux")]
    [InlineData("ID=debian\n", "qemu-img", "sudo apt-get install -y qemu-utils")]
    [InlineData("ID=ubuntu\nID_LIKE=debian\n", "qemu-system-x86_64", "sudo apt-get install -y qemu-system-x86")]
    [InlineData("ID=rocky\nID_LIKE=\"rhel centos fedora\"\n", "qemu-img", "sudo dnf install -y qemu-img")]
    [InlineData("ID=alpine\n", "qemu-system-aarch64", "sudo apk add qemu-system-aarch64 aavmf")]
    [InlineData("", "qemu-img", "install qemu-img (part of QEMU)")]
    public void The_command_is_the_distributions(string osRelease, string tool, string command) => Assert.Equal(command, PackageAdvice.Install(tool, osRelease));

    [Fact]
    public void Without_KVM_it_warns_and_says_what_helps()
    {
        Assert.Equal(Outcome.Ok, AcceleratorCheck.Of(new KvmState(null)).Outcome);
        var flags = AcceleratorCheck.Of(new KvmState("there is a /dev/kvm, but the processor has neither vmx nor svm"));
        Assert.Equal(Outcome.Warn, flags.Outcome);
        Assert.Contains("TCG", flags.Detail);
        Assert.Contains("usermod -aG kvm", AcceleratorCheck.Of(new KvmState("/dev/kvm may not be opened: add the user to the group kvm")).Fix);
    }

    [Fact]
    public void Memory_is_what_is_available()
    {
        Assert.Equal(Outcome.Ok, HostChecks.Memory("MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n").Outcome);
        var little = HostChecks.Memory("MemTotal: 8388608 kB\nMemAvailable: 102400 kB\n");
        Assert.Equal((Outcome.Warn, true), (little.Outcome, little.Detail.StartsWith("100 MiB of 8 GiB", StringComparison.Ordinal)));
        Assert.Equal(Outcome.Warn, HostChecks.Memory("").Outcome);
    }

    [Fact]
    public void A_clock_that_was_never_set_fails() => Assert.Equal(Outcome.Fail, HostChecks.Clock(DateTimeOffset.UnixEpoch).Outcome);

    [Fact]
    public void A_directory_that_is_not_there_yet_is_judged_by_its_parent()
    {
        var root = Directory.CreateTempSubdirectory("qvmc-doctor-");
        Assert.Equal(Outcome.Ok, DirectoryCheck.Run("data", Path.Combine(root.FullName, "a", "b"), needsRoom: false, "--data").Outcome);
        Assert.Empty(root.GetFileSystemInfos());
        root.Delete();
        Assert.Equal(Outcome.Fail, DirectoryCheck.Run("data", "/proc/1/task/x", needsRoom: false, "--data").Outcome);
    }

    [Fact]
    public async Task Without_a_home_or_a_host_it_fails_and_still_tells_all_the_rest()
    {
        await using var controller = await FakeController.StartAsync();
        controller.Instances.Nodes.Add(new Node { Name = "far", Address = "https://far:7443", Message = "timed out" });
        using var run = await CliRun.EndAsync(controller, "doctor", "--format", "json");
        Assert.Equal(ExitCode.Failure, await run.Exit);
        using var json = JsonDocument.Parse(run.Output);
        Assert.False(json.RootElement.GetProperty("ok").GetBoolean());
        var checks = json.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(check => check.GetProperty("check").GetString()!);
        Assert.Equal("ok", checks["controller"].GetProperty("outcome").GetString());
        Assert.Equal("fail", checks["data"].GetProperty("outcome").GetString());
        Assert.Equal("fail", checks["host far"].GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task Networks_are_as_their_hosts_say_and_their_programs_are_looked_for_where_they_run()
    {
        await using var controller = await FakeController.StartAsync();
        controller.Instances.Nodes.Add(new Node { Name = "local", Address = "unix:///run/qvmc/qemu.sock", Reachable = true, QemuVersion = "7.2" });
        controller.Networks.All.Add(new Network { Name = "lan", Node = "local", Kind = NetworkKind.Bridge, State = NetworkState.Failed, Message = "10.80.0.0/24 is taken" });
        using var run = await CliRun.EndAsync(controller, "doctor", "--format", "json");
        await run.Exit;
        using var json = JsonDocument.Parse(run.Output);
        var checks = json.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(check => check.GetProperty("check").GetString()!);
        Assert.Equal(("fail", "10.80.0.0/24 is taken"), (checks["network lan"].GetProperty("outcome").GetString(), checks["network lan"].GetProperty("detail").GetString()));
        Assert.Equal("ok", checks["nft"].GetProperty("outcome").GetString());

        controller.Networks.All[0].Node = "far";
        using var other = await CliRun.EndAsync(controller, "doctor", "--format", "json");
        await other.Exit;
        Assert.Contains("network lan", other.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"nft\"", other.Output, StringComparison.Ordinal);
    }
}
