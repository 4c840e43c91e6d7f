using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>Changes to an instance that exists: which of its fields, and to what.</summary>
public static class UpdateRules
{
    private static readonly string[] Changeable = ["spec.cpus", "spec.memory_mib", "spec.disk_mib", "spec.autostart", "labels"];

    /// <summary>Every fault of an update of an instance that now is as <paramref name="current"/>.</summary>
    public static IReadOnlyList<FieldFault> Check(UpdateRequest request, InstanceSpec current)
    {
        var faults = new List<FieldFault>();
        foreach (var path in request.UpdateMask?.Paths ?? [])
        {
            if (!Changeable.Contains(path))
            {
                faults.Add(new FieldFault("update_mask", $"{Shown.Quote(path)} can't be changed: {string.Join(", ", Changeable)} can"));
            }
        }

        var paths = Paths(request);
        if (paths.Count == 0 && faults.Count == 0)
        {
            faults.Add(new FieldFault("spec", $"nothing to change was given: {string.Join(", ", Changeable)} can be changed"));
        }

        var wanted = request.Spec ?? new InstanceSpec();
        InstanceRules.CheckSizes(wanted, faults);
        faults.AddRange(AutostartRules.Check(wanted.Autostart, "spec.autostart"));
        foreach (var path in paths)
        {
            if (Size(wanted, path) == 0)
            {
                faults.Add(new FieldFault(path, "0 is not allowed: give the new value, or leave it out of update_mask"));
            }
        }

        if (paths.Contains("spec.disk_mib") && wanted.DiskMib != 0 && wanted.DiskMib < current.DiskMib)
        {
            faults.Add(new FieldFault("spec.disk_mib", $"{wanted.DiskMib} is smaller than the disk, which has {current.DiskMib} (MiB): a disk only grows"));
        }

        if (paths.Contains("spec.cpus") && current.Nics.Where(n => n.Queues > wanted.Cpus).MaxBy(n => n.Queues) is { } nic && wanted.Cpus != 0)
        {
            faults.Add(new FieldFault("spec.cpus", $"{wanted.Cpus} is less than the {nic.Queues} queues of the network interface in slot {nic.Slot}: remove that first, or give at least {nic.Queues}"));
        }

        if (paths.Contains("labels"))
        {
            faults.AddRange(LabelRules.Check(request.Labels));
        }

        return faults;
    }

    /// <summary>Puts the values of an update without faults into <paramref name="instance"/>; returns whether any differs.</summary>
    public static bool Apply(UpdateRequest request, Instance instance)
    {
        var before = instance.Clone();
        var wanted = request.Spec ?? new InstanceSpec();
        foreach (var path in Paths(request))
        {
            switch (path)
            {
                case "spec.cpus":
                    instance.Spec.Cpus = wanted.Cpus;
                    break;
                case "spec.memory_mib":
                    instance.Spec.MemoryMib = wanted.MemoryMib;
                    break;
                case "spec.disk_mib":
                    instance.Spec.DiskMib = wanted.DiskMib;
                    break;
                case "spec.autostart":
                    instance.Spec.Autostart = wanted.Autostart?.Clone();
                    break;
                default:
                    instance.Labels.Clear();
                    instance.Labels.Add(request.Labels);
                    break;
            }
        }

        return !before.Equals(instance);
    }

    private static HashSet<string> Paths(UpdateRequest request)
    {
        if (request.UpdateMask is { Paths.Count: > 0 } mask)
        {
            return mask.Paths.Where(Changeable.Contains).ToHashSet();
        }

        var spec = request.Spec ?? new InstanceSpec();
        return Changeable.Where(p => p switch
        {
            "labels" => request.Labels.Count > 0,
            "spec.autostart" => spec.Autostart is not null,
            _ => Size(spec, p) != 0,
        }).ToHashSet();
    }

    private static uint? Size(InstanceSpec spec, string path) => path switch
    {
        "spec.cpus" => spec.Cpus,
        "spec.memory_mib" => spec.MemoryMib,
        "spec.disk_mib" => spec.DiskMib,
        _ => null,
    };
}
