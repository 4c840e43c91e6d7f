using System.CommandLine;
using Google.Protobuf;
using Qvmc.Hosting.Settings;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Cli.Daemons;

/// <summary><c>qvmc config example qemu|controller|gateway</c>: a configuration that explains itself.</summary>
internal static class ConfigVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context) => new("config", "Help with the daemons' configuration")
    {
        new Command("example", "Print a configuration with every field explained")
        {
            Example<QemuSettings>(context, "qemu"),
            Example<ControllerSettings>(context, "controller"),
            Example<GatewaySettings>(context, "gateway"),
        },
    };

    private static Command Example<T>(VerbContext context, string name)
        where T : IMessage<T>, new()
    {
        var command = new Command(name, $"Of qvmc {name}");
        command.SetAction(_ => context.Terminal.Out.Write(SettingsFile.Example<T>()));
        return command;
    }
}
