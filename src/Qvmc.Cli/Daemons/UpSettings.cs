using Qvmc.Protos.Settings.V1;

namespace Qvmc.Cli.Daemons;

/// <summary>The three daemons' settings for one host and one user: what a newcomer would have to write otherwise.</summary>
internal sealed class UpSettings
{
    // Not the host name: that may be no label, and may change while the records stay.
    private const string NodeName = "local";

    /// <summary>Makes them.</summary>
    /// <param name="paths">Where everything lies.</param>
    /// <param name="http">Where the gateway listens: http://HOST:PORT.</param>
    /// <param name="logLevel">Least severity that is logged.</param>
    /// <param name="memoryPercent">How much of the host's memory may be promised to machines; 0: all of it.</param>
    public UpSettings(UpPaths paths, string http, string logLevel, uint memoryPercent = 0)
    {
        Endpoint At(string socket) => new() { Address = $"unix://{Path.Combine(paths.Run, socket)}" };
        var images = Path.Combine(paths.Data, "images");
        Qemu = new QemuSettings
        {
            Listen = At("qemu.sock"),
            NodeName = NodeName,
            StateDirectory = Path.Combine(paths.Data, "machines"),
            RunDirectory = Path.Combine(paths.Run, "m"),
            ImageDirectory = images,
            Log = new Log { Level = logLevel },
        };
        Controller = new ControllerSettings
        {
            Listen = At("controller.sock"),
            StateDirectory = Path.Combine(paths.Data, "controller"),
            ImageDirectory = images,
            Nodes = { new NodeSettings { Name = NodeName, Endpoint = Qemu.Listen } },
            LaunchLimits = new LaunchLimits { MemoryPercent = memoryPercent },
            Log = new Log { Level = logLevel },
        };
        Gateway = new GatewaySettings
        {
            Listen = new Endpoint { Address = http },
            Controller = Controller.Listen,
            Swagger = true,
            Log = new Log { Level = logLevel },
        };
    }

    /// <summary>The host's.</summary>
    public QemuSettings Qemu { get; }

    /// <summary>The controller's.</summary>
    public ControllerSettings Controller { get; }

    /// <summary>The gateway's.</summary>
    public GatewaySettings Gateway { get; }
}
