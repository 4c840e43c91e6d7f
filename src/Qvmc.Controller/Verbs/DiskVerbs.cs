using Qvmc.Controller.Records;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Adds, changes and removes data disks. Their host makes of it what can be made now.</summary>
internal sealed class DiskVerbs(InstanceRecords records)
{
    /// <summary>Adds an empty one.</summary>
    public async Task<AddDiskResponse> AddAsync(AddDiskRequest request)
    {
        CheckName(request.Name);
        var state = await records.ChangeSettingsAsync(request.Name, request.Etag, record =>
        {
            var spec = record.Instance.Spec;
            FaultException.ThrowIfAny(DiskChangeRules.Check(request, spec));
            var disk = request.Disk.Clone();
            if (spec.DataDisks.Any(d => d.Name == disk.Name))
            {
                throw new FaultException(
                    FaultCode.AlreadyExists,
                    $"instance {Shown.Quote(request.Name)} has a data disk {Shown.Quote(disk.Name)} already: choose another name, or remove that one first");
            }

            disk.Name = disk.Name.Length > 0 ? disk.Name : DataDiskRules.FreeName(spec.DataDisks);
            disk.Generation = record.Instance.Generation;
            spec.DataDisks.Add(disk);
            return true;
        });
        return new AddDiskResponse { Instance = state.View };
    }

    /// <summary>Grows one, takes it out of the machine or puts it back.</summary>
    public async Task<UpdateDiskResponse> UpdateAsync(UpdateDiskRequest request)
    {
        CheckName(request.Name);
        var state = await records.ChangeSettingsAsync(request.Name, request.Etag, record =>
        {
            var disk = DiskChangeRules.Find(record.Instance, request.Disk);
            FaultException.ThrowIfAny(DiskChangeRules.Check(request, disk));
            var before = disk.Clone();
            disk.SizeMib = request.SizeMib > 0 ? request.SizeMib : disk.SizeMib;
            disk.Detached = request.HasDetached ? request.Detached : disk.Detached;
            return !disk.Equals(before);
        });
        return new UpdateDiskResponse { Instance = state.View };
    }

    /// <summary>Removes one and its bytes.</summary>
    public async Task<RemoveDiskResponse> RemoveAsync(RemoveDiskRequest request)
    {
        CheckName(request.Name);
        var state = await records.ChangeSettingsAsync(request.Name, request.Etag, record =>
        {
            var disk = DiskChangeRules.Find(record.Instance, request.Disk);
            if (DiskChangeRules.CheckRemove(record.Instance, disk, request.Force) is { } refusal)
            {
                throw refusal;
            }

            record.Instance.Spec.DataDisks.Remove(disk);
            record.RemovedDisks.Add(new DataDisk { Name = disk.Name, Generation = disk.Generation });
            return true;
        });
        return new RemoveDiskResponse { Instance = state.View };
    }

    private static void CheckName(string name) => FaultException.ThrowIfAny(InstanceName.Check(name) is { } fault ? [fault] : []);
}
