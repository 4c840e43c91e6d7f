using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Daemons;
using Qvmc.Controller;
using Qvmc.Controller.Recovery;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Hosting.Settings;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu;
using Qvmc.Qemu.Machines;

namespace Qvmc.Cli.Recovery;

/// <summary>What records are recovered from.</summary>
/// <param name="Controller">The controller's settings.</param>
/// <param name="Hosts">Each host's state directory, by name.</param>
internal sealed record RecoverySources(ControllerSettings Controller, IReadOnlyDictionary<string, string> Hosts)
{
    /// <summary>Those of <c>qvmc up</c>.</summary>
    /// <param name="data">Its directory.</param>
    public static RecoverySources OfUp(string data)
    {
        var settings = new UpSettings(new UpPaths(data, data), HttpText.Complete("7070"), "warn");
        return new RecoverySources(settings.Controller, new Dictionary<string, string> { [settings.Qemu.NodeName] = settings.Qemu.StateDirectory });
    }

    /// <summary>Those of daemons with configurations.</summary>
    /// <param name="config">The controller's.</param>
    /// <param name="hosts">Configurations of qvmc qemu.</param>
    /// <param name="machines">NODE=DIRECTORY, for hosts whose directory was copied here.</param>
    /// <param name="without">Hosts that are left out.</param>
    /// <exception cref="FaultException">One of them is at fault, or hosts are missing.</exception>
    public static RecoverySources Of(string config, IEnumerable<string> hosts, IEnumerable<string> machines, IReadOnlyCollection<string> without)
    {
        var controller = SettingsFile.Load<ControllerSettings>(config, ControllerSettingsRules.Check);
        var directories = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var settings in hosts.Select(h => SettingsFile.Load<QemuSettings>(h, QemuSettingsRules.Check)))
        {
            Add(settings.NodeName.Length > 0 ? settings.NodeName : QemuDaemon.DefaultNodeName, settings.StateDirectory, "--host");
        }

        foreach (var text in machines)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || equals == text.Length - 1)
            {
                throw FaultException.Invalid([new FieldFault("--machines", $"{Shown.Quote(text)} is not NODE=DIRECTORY")]);
            }

            Add(text[..equals], Path.GetFullPath(text[(equals + 1)..]), "--machines");
        }

        string[] missing = [.. controller.Nodes.Select(n => n.Name).Except(directories.Keys).Except(without)];
        return missing.Length == 0
            ? new RecoverySources(controller, directories)
            : throw FaultException.Invalid([new FieldFault("--host", $"nothing was given for {Shown.Some(missing)}: name its configuration (--host FILE) or a copy of its state directory (--machines {missing[0]}=DIR); --without {missing[0]} leaves its machines out, and then the controller knows nothing of them")]);

        void Add(string node, string directory, string option)
        {
            if (controller.Nodes.All(n => n.Name != node))
            {
                throw FaultException.Invalid([new FieldFault(option, $"{Shown.Quote(node)} is no host of the controller's: {config} has {Shown.Some([.. controller.Nodes.Select(n => n.Name)])}")]);
            }

            directories[node] = directory;
        }
    }

    /// <summary>Every machine, by host.</summary>
    public IReadOnlyList<(string Node, FoundMachine Machine)> Find() =>
        [.. Hosts.OrderBy(h => h.Key, StringComparer.Ordinal).SelectMany(h => MachineDirectories.Read(h.Value).Select(m => (h.Key, m)))];

    /// <summary>Those of them that can be recovered.</summary>
    public static IReadOnlyList<HostMachine> Usable(IEnumerable<(string Node, FoundMachine Machine)> found) =>
        [.. found.Where(f => f.Machine.Record is not null).Select(f => new HostMachine(f.Node, f.Machine.Record!.Order, Timestamp.FromDateTimeOffset(f.Machine.Made)))];
}
