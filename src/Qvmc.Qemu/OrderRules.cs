using System.Net;
using System.Net.Sockets;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Networks;
using Qvmc.Qemu.Networks.Bridge;
using Qvmc.Qmp;

namespace Qvmc.Qemu;

/// <summary>
/// What a host demands of an order, whoever sends it: nothing in it may lead outside the machine's own directory or
/// start a process that can't be. Everything that users are told about is the controller's to check.
/// </summary>
internal static class OrderRules
{
    internal static IReadOnlyList<FieldFault> Check(MachineOrder? order)
    {
        if (order?.Spec is not { } spec)
        {
            return [new("order.spec", "is missing")];
        }

        List<FieldFault> faults = [.. CheckUid(order.Uid, "order.uid")];
        faults.AddRange(InstanceName.Check(order.Name, "order.name") is { } badName ? [badName] : []);
        Add(order.Generation > 0, "order.generation", "is 0: generations count from 1");
        if (spec.Image.Length > 0 || order.ImageDigest.Length > 0)
        {
            Add(ImageDigest.TryParse(order.ImageDigest, out _), "order.image_digest", "is not \"sha256:\" and 64 hexadecimal digits");
            Add(order.ImageFormat is "qcow2" or "raw", "order.image_format", "is neither \"qcow2\" nor \"raw\"");
        }

        Add(spec.Cpus is >= 1 and <= InstanceLimits.MaxCpus, "order.spec.cpus", $"is not 1 to {InstanceLimits.MaxCpus}");
        Add(spec.MemoryMib is >= InstanceLimits.MinMemoryMib and <= InstanceLimits.MaxMemoryMib, "order.spec.memory_mib", $"is not {InstanceLimits.MinMemoryMib} to {InstanceLimits.MaxMemoryMib}");
        Add(spec.DiskMib is >= 1 and <= InstanceLimits.MaxDiskMib, "order.spec.disk_mib", $"is not 1 to {InstanceLimits.MaxDiskMib}");
        Add(spec.Nics.Count <= InstanceLimits.MaxNics, "order.spec.nics", $"has more than {InstanceLimits.MaxNics}");
        Add(spec.Nics.All(n => n.Network == MachineNic.None || MacAddress.TryParse(n.Mac, out _)), "order.spec.nics", "has one without a hardware address");
        var slots = spec.Nics.Select(MachineNic.SlotOf).ToHashSet();
        Add(slots.Count == spec.Nics.Count && slots.All(s => s <= InstanceLimits.MaxNics), "order.spec.nics", $"has two in one slot, or one beyond slot {InstanceLimits.MaxNics}");
        Add(spec.Nics.All(n => n.Queues <= InstanceLimits.MaxQueues), "order.spec.nics", $"has one of more than {InstanceLimits.MaxQueues} queues");
        Add(order.NicAddresses.Select(a => a.Slot).Distinct().Count() == order.NicAddresses.Count && order.NicAddresses.All(IsReserved), "order.nic_addresses", "is not an IPv4 address for each slot, with an IPv6 address or none");
        faults.AddRange(DataDiskRules.Check(spec.DataDisks, "order.spec.data_disks"));
        Add(spec.DataDisks.Concat(order.RemovedDisks).All(d => DataDiskRules.IsName(d.Name)), "order.spec.data_disks", "has one, or order.removed_disks has one, without a name");
        Add(spec.Cdroms.Count <= InstanceLimits.MaxCdroms, "order.spec.cdroms", $"has more than {InstanceLimits.MaxCdroms}");
        Add(spec.Cdroms.Count == order.CdromDigests.Count && order.CdromDigests.All(d => ImageDigest.TryParse(d, out _)), "order.cdrom_digests", "is not a digest for each CD");
        faults.AddRange(AutostartRules.Check(spec.Autostart, "order.spec.autostart"));
        Add(spec.Power != PowerState.Unspecified, "order.spec.power", "is missing");
        return faults;

        void Add(bool holds, string field, string message)
        {
            if (!holds)
            {
                faults.Add(new FieldFault(field, message));
            }
        }
    }

    private static bool IsReserved(NicAddress address) => Subnets.TryParse4(address.Ipv4, out _)
        && (address.Ipv6.Length == 0 || (IPAddress.TryParse(address.Ipv6, out var ipv6) && ipv6.AddressFamily == AddressFamily.InterNetworkV6 && ipv6.ScopeId == 0));

    internal static IReadOnlyList<FieldFault> CheckExec(ExecRequest request)
    {
        List<FieldFault> faults = [.. CheckUid(request.Uid, "uid")];
        if (request.Command.Count == 0 || request.Command[0].Length == 0)
        {
            faults.Add(new("command", "is empty: name a program"));
        }

        if (request.Stdin.Length > QgaSession.MaxStdinBytes)
        {
            faults.Add(new("stdin", $"has {request.Stdin.Length} bytes; at most {QgaSession.MaxStdinBytes} are allowed"));
        }

        if (request.Timeout is { } timeout && (timeout.Seconds is < 0 or > 3600 || timeout is { Seconds: 0, Nanos: <= 0 }))
        {
            faults.Add(new("timeout", "is not more than 0 s and at most 3600 s"));
        }

        return faults;
    }

    internal static IReadOnlyList<FieldFault> CheckExport(ExportDiskRequest request) =>
    [
        .. CheckUid(request.Uid, "uid"),
        .. request.Disk.Length > 0 && DataDiskRules.CheckName(request.Disk, "disk") is { } name ? [name] : Array.Empty<FieldFault>(),
        .. ExportRules.Check(request.Format, request.Compress),
    ];

    internal static IEnumerable<FieldFault> CheckUid(string uid, string field) =>
        Uid.Is(uid) ? [] : [new FieldFault(field, $"\"{uid}\" is not 12 characters of a-z and 2-7")];
}
