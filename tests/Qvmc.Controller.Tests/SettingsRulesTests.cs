using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller.Tests;

public class SettingsRulesTests
{
    [Fact]
    public void The_least_settings_are_allowed() => Assert.Empty(ControllerSettingsRules.Check(Least()));

    [Fact]
    public void Every_fault_comes_at_once()
    {
        var settings = new ControllerSettings
        {
            StateDirectory = "state",
            ImageDirectory = "images",
            ImportDirectories = { "" },
            Nodes =
            {
                new NodeSettings { Name = "a", Endpoint = new Endpoint { Address = "unix:///a" } },
                new NodeSettings { Name = "a", Endpoint = new Endpoint { Address = "http://10.0.0.1:1" } },
                new NodeSettings { Name = "A" },
            },
            Defaults = new InstanceDefaults { Cpus = 256, MemoryMib = 1 },
            Log = new Log { Level = "loud", Format = "xml" },
            ImageLimits = new ImageLimits
            {
                MaxGib = 65_537,
                MaxVirtualGib = 65_537,
                ParallelPulls = 65,
                UploadLifetime = new Duration { Seconds = 2_592_001 },
                PullStall = new Duration { Seconds = 3601 },
            },
            LaunchLimits = new LaunchLimits { PerSecond = 100_001, Burst = 100_001, MemoryPercent = 100_001, DiskReserveMib = 1_048_577 },
            MaxCalls = 65_537,
        };
        Assert.Equal(
            [
                "defaults.cpus", "defaults.memory_mib", "image_directory",
                "image_limits.max_gib", "image_limits.max_virtual_gib", "image_limits.parallel_pulls", "image_limits.pull_stall", "image_limits.upload_lifetime",
                "import_directories[0]",
                "launch_limits.burst", "launch_limits.disk_reserve_mib", "launch_limits.memory_percent", "launch_limits.per_second", "listen", "log.format", "log.level", "max_calls",
                "nodes[1].endpoint.address", "nodes[1].name", "nodes[2].endpoint", "nodes[2].name", "state_directory",
            ],
            ControllerSettingsRules.Check(settings).Select(f => f.Field).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Without_hosts_there_is_nothing_to_control()
    {
        var settings = Least();
        settings.Nodes.Clear();
        Assert.Equal("nodes", Assert.Single(ControllerSettingsRules.Check(settings)).Field);
    }

    [Theory]
    [InlineData("/etc/qvmc/catalog.json", "")]
    [InlineData("https://images.example.com/catalog.json", "")]
    [InlineData("http://127.0.0.1:8000/c", "")]
    [InlineData("", "is empty")]
    [InlineData("catalog.json", "absolute path")]
    [InlineData("file:///etc/catalog.json", "absolute path")]
    [InlineData("ftp://a/b", "absolute path")]
    [InlineData("https://me:secret@a/b", "a user's name or password")]
    public void Catalogues_are_files_or_urls(string place, string message)
    {
        var settings = Least();
        settings.Catalogs.Add(place);
        var faults = ControllerSettingsRules.Check(settings);
        Assert.Equal(message.Length > 0, faults.Count > 0);
        Assert.All(faults, f => Assert.Equal("catalogs[0]", f.Field));
        Assert.All(faults, f => Assert.Contains(message, f.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("secret", string.Concat(faults), StringComparison.Ordinal);
        settings.Catalogs.Add(place);
        Assert.Contains(ControllerSettingsRules.Check(settings), f => f is { Field: "catalogs[1]" } && f.Message.Contains("twice", StringComparison.Ordinal));
    }

    private static ControllerSettings Least() => new()
    {
        Listen = new Endpoint { Address = "unix:///run/c.sock" },
        StateDirectory = "/var/lib/c",
        Nodes = { new NodeSettings { Name = "local", Endpoint = new Endpoint { Address = "unix:///run/q.sock" } } },
    };
}
