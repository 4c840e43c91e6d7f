using Qvmc.Controller.Limits;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Hosting.Daemons;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller;

/// <summary>
/// What must hold of the controller's configuration. Defaults: images under <c>images</c> in the state directory, the
/// qemu-img that is in the path, 1 processor and 1024 MiB for a launch that does not say; <see cref="ImageBounds"/> of images.
/// </summary>
public static class ControllerSettingsRules
{
    /// <summary>Every fault of <paramref name="settings"/>.</summary>
    public static IReadOnlyList<FieldFault> Check(ControllerSettings settings)
    {
        var faults = new List<FieldFault>(EndpointRules.Check(settings.Listen, "listen"));
        CheckDirectory(settings.StateDirectory, "state_directory", required: true, faults);
        CheckDirectory(settings.ImageDirectory, "image_directory", required: false, faults);
        for (var i = 0; i < settings.ImportDirectories.Count; i++)
        {
            CheckDirectory(settings.ImportDirectories[i], $"import_directories[{i}]", required: true, faults);
        }

        CheckNodes(settings, faults);
        CheckDefaults(settings.Defaults, faults);
        faults.AddRange(CatalogueSettingsRules.Check(settings.Catalogs));
        faults.AddRange(ImageBounds.Check(settings.ImageLimits));
        faults.AddRange(LaunchBounds.Check(settings.LaunchLimits));
        faults.AddRange(ConcurrentCalls.Check(settings.MaxCalls, "max_calls") is { } calls ? [calls] : []);
        CheckLog(settings.Log, faults);
        if (settings.Metrics is not null)
        {
            faults.AddRange(EndpointRules.Check(settings.Metrics, "metrics"));
        }

        return faults;
    }

    /// <summary>Where images are kept.</summary>
    internal static string ImageDirectory(ControllerSettings settings) =>
        settings.ImageDirectory.Length > 0 ? settings.ImageDirectory : Path.Combine(settings.StateDirectory, "images");

    private static void CheckNodes(ControllerSettings settings, List<FieldFault> faults)
    {
        if (settings.Nodes.Count == 0)
        {
            faults.Add(new FieldFault("nodes", "is empty: name at least one host"));
        }

        for (var i = 0; i < settings.Nodes.Count; i++)
        {
            var node = settings.Nodes[i];
            if (DnsLabel.Fault(node.Name) is { } fault)
            {
                faults.Add(new FieldFault($"nodes[{i}].name", fault));
            }
            else if (settings.Nodes.Take(i).Any(n => n.Name == node.Name))
            {
                faults.Add(new FieldFault($"nodes[{i}].name", $"{Shown.Quote(node.Name)} is there twice: give each host its own"));
            }

            faults.AddRange(EndpointRules.Check(node.Endpoint, $"nodes[{i}].endpoint", EndpointUse.Connect));
        }
    }

    private static void CheckDefaults(InstanceDefaults? defaults, List<FieldFault> faults)
    {
        if (defaults?.Cpus > InstanceLimits.MaxCpus)
        {
            faults.Add(new FieldFault("defaults.cpus", $"{defaults.Cpus} is not allowed: use 1 to {InstanceLimits.MaxCpus}"));
        }

        if (defaults?.MemoryMib is > 0 and (< InstanceLimits.MinMemoryMib or > InstanceLimits.MaxMemoryMib))
        {
            faults.Add(new FieldFault("defaults.memory_mib", $"{defaults.MemoryMib} is not allowed: use {InstanceLimits.MinMemoryMib} to {InstanceLimits.MaxMemoryMib} (MiB)"));
        }
    }

    private static void CheckLog(Log? log, List<FieldFault> faults)
    {
        if (log?.Level is not (null or "" or "debug" or "info" or "warn" or "error"))
        {
            faults.Add(new FieldFault("log.level", $"{Shown.Quote(log.Level)} is not known: use debug, info, warn or error"));
        }

        if (log?.Format is not (null or "" or "text" or "json"))
        {
            faults.Add(new FieldFault("log.format", $"{Shown.Quote(log.Format)} is not known: use text or json"));
        }
    }

    private static void CheckDirectory(string path, string field, bool required, List<FieldFault> faults)
    {
        if (path.Length == 0 && required)
        {
            faults.Add(new FieldFault(field, "is missing: give an absolute path"));
        }
        else if (path.Length > 0 && !Path.IsPathFullyQualified(path))
        {
            faults.Add(new FieldFault(field, $"{Shown.Quote(path)} is not absolute: give an absolute path"));
        }
    }
}
