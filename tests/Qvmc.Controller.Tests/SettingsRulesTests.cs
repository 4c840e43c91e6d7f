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
        };
        Assert.Equal(
            [
                "defaults.cpus", "defaults.memory_mib", "image_directory", "import_directories[0]", "listen", "log.format", "log.level",
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

    private static ControllerSettings Least() => new()
    {
        Listen = new Endpoint { Address = "unix:///run/c.sock" },
        StateDirectory = "/var/lib/c",
        Nodes = { new NodeSettings { Name = "local", Endpoint = new Endpoint { Address = "unix:///run/q.sock" } } },
    };
}
