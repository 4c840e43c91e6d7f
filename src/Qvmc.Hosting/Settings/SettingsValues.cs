using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Settings;

/// <summary>The values of the example configurations: three daemons on one host, run by systemd.</summary>
internal static class SettingsValues
{
    private const string QemuSocket = "unix:///run/qvmc/qemu.sock";
    private const string ControllerSocket = "unix:///run/qvmc/controller.sock";
    private const string Images = "/var/lib/qvmc/controller/images";

    public static IMessage For(MessageDescriptor type) =>
        type == QemuSettings.Descriptor ? Qemu()
        : type == ControllerSettings.Descriptor ? Controller()
        : type == GatewaySettings.Descriptor ? Gateway()
        : type.Parser.ParseFrom(ByteString.Empty);

    private static QemuSettings Qemu() => new()
    {
        Listen = new Endpoint { Address = QemuSocket, SocketMode = "0600" },
        NodeName = "local",
        StateDirectory = "/var/lib/qvmc/qemu",
        RunDirectory = "/run/qvmc/m",
        ImageDirectory = Images,
        Accelerator = Accelerator.Auto,
        StopGrace = Duration.FromTimeSpan(TimeSpan.FromSeconds(60)),
        Networks = { new NetworkSettings { Name = "user", User = new UserNetwork { Subnet = "10.0.2.0/24" } } },
        Log = new Log { Level = "info", Format = "text" },
    };

    private static ControllerSettings Controller() => new()
    {
        Listen = new Endpoint { Address = ControllerSocket, SocketMode = "0600" },
        StateDirectory = "/var/lib/qvmc/controller",
        ImageDirectory = Images,
        Nodes = { new NodeSettings { Name = "local", Endpoint = new Endpoint { Address = QemuSocket } } },
        Defaults = new InstanceDefaults { Cpus = 1, MemoryMib = 1024 },
        Log = new Log { Level = "info", Format = "text" },
    };

    private static GatewaySettings Gateway() => new()
    {
        Listen = new Endpoint { Address = "http://127.0.0.1:7080" },
        Controller = new Endpoint { Address = ControllerSocket },
        Swagger = true,
        Log = new Log { Level = "info", Format = "text" },
    };
}
