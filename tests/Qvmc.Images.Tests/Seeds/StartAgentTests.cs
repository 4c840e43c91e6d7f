using Qvmc.Testing;

namespace Qvmc.Images.Tests.Seeds;

/// <summary>The script that starts the agent, among tools that only write down how they were called.</summary>
public sealed class StartAgentTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    [Fact]
    public void Under_systemd_it_is_enabled_and_started() =>
        Assert.Equal((0, "systemctl enable qemu-guest-agent\nsystemctl start qemu-guest-agent\n"), Run("qemu-ga", "systemctl", "apt-get"));

    [Fact]
    public void Under_openrc_it_is_added_and_started() =>
        Assert.Equal((0, "rc-update add qemu-guest-agent\nrc-service qemu-guest-agent start\n"), Run("qemu-ga", "rc-update", "rc-service"));

    [Fact]
    public void An_agent_that_is_still_missing_is_installed() =>
        Assert.Equal((0, "dnf -y install qemu-guest-agent\nsystemctl enable qemu-guest-agent\nsystemctl start qemu-guest-agent\n"), Run("dnf", "yum", "systemctl"));

    [Fact]
    public void A_guest_that_can_not_start_it_says_so() => Assert.NotEqual(0, Run("qemu-ga").ExitCode);

    public void Dispose() => _directory.Dispose();

    private (int ExitCode, string Calls) Run(params string[] tools)
    {
        var calls = _directory.File("calls");
        foreach (var tool in tools)
        {
            Add(tool, $"#!/bin/sh\necho {tool} \"$@\" >> {calls}\n");
        }

        Add("start", AdditionalConfig.StartAgent);
        var exitCode = Shell.Try("/usr/bin/env", "-i", $"PATH={_directory.Path}", _directory.File("start")).ExitCode;
        return (exitCode, File.Exists(calls) ? File.ReadAllText(calls) : "");
    }

    private void Add(string name, string script) => Executable.Write(_directory.File(name), script);
}
