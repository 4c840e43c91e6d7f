using System.Text.Json;
using Qvmc.Cli.Doctor;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Controller.V1;
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
    [InlineData("ID=debian\n", "qemu-img", "sudo apt-get install -y qemu-utils")]
    [InlineData("ID=ubuntu\nID_LIKE=debian\n", "qemu-system-x86_64", "sudo apt-get install -y qemu-system-x86")]
    [InlineData("ID=rocky\nID_LIKE=\"rhel centos fedora\"\n", "qemu-img", "sudo dnf install -y qemu-img")]
    [InlineData("ID=alpine\n", "qemu-system-aarch64", "sudo apk add qemu-system-aarch64")]
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
}
