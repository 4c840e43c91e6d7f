using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>Changes to the data disks of an instance that exists.</summary>
public static class DiskChangeRules
{
    /// <summary>Every fault of adding a disk to what is now as <paramref name="current"/>.</summary>
    public static IReadOnlyList<FieldFault> Check(AddDiskRequest request, InstanceSpec current)
    {
        var disk = request.Disk ?? new DataDisk();
        var faults = new List<FieldFault>();
        if (DataDiskRules.CheckSize(disk.SizeMib, "disk.size_mib") is { } size)
        {
            faults.Add(size);
        }

        if (disk.Name.Length > 0 && DataDiskRules.CheckName(disk.Name, "disk.name") is { } name)
        {
            faults.Add(name);
        }

        if (current.DataDisks.Count >= InstanceLimits.MaxDataDisks)
        {
            faults.Add(new FieldFault("disk", $"the instance has {InstanceLimits.MaxDataDisks} data disks, which is the most: remove one first"));
        }

        return faults;
    }

    /// <summary>Every fault of changing a disk that now is as <paramref name="current"/>.</summary>
    public static IReadOnlyList<FieldFault> Check(UpdateDiskRequest request, DataDisk current)
    {
        var faults = new List<FieldFault>();
        if (request.SizeMib == 0 && !request.HasDetached)
        {
            faults.Add(new FieldFault("size_mib", "nothing to change was given: size_mib and detached can be changed"));
        }

        if (request.SizeMib > 0 && DataDiskRules.CheckSize(request.SizeMib, "size_mib") is { } size)
        {
            faults.Add(size);
        }

        if (request.SizeMib > 0 && request.SizeMib < current.SizeMib)
        {
            faults.Add(new FieldFault("size_mib", $"{request.SizeMib} is smaller than the disk, which has {current.SizeMib} (MiB): a disk only grows"));
        }

        return faults;
    }

    /// <summary>The disk of that name, or NOT_FOUND.</summary>
    public static DataDisk Find(Instance instance, string disk) =>
        instance.Spec.DataDisks.FirstOrDefault(d => d.Name == disk) ?? throw new FaultException(
            FaultCode.NotFound,
            $"instance {Shown.Quote(instance.Name)} has no data disk {Shown.Quote(disk)}: {(instance.Spec.DataDisks.Count == 0 ? "it has none" : $"it has {Shown.Some([.. instance.Spec.DataDisks.Select(d => d.Name)])}")}");

    /// <summary>The fault of removing a disk that is in the machine, or null.</summary>
    public static FaultException? CheckRemove(Instance instance, DataDisk disk, bool force) => disk.Detached || force
        ? null
        : new FaultException(
            FaultCode.FailedPrecondition,
            $"data disk {Shown.Quote(disk.Name)} is attached to instance {Shown.Quote(instance.Name)}: detach it first, or remove it by force; its bytes go for good");
}
