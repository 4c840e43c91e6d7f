using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
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
        Add(ImageDigest.TryParse(order.ImageDigest, out _), "order.image_digest", "is not \"sha256:\" and 64 hexadecimal digits");
        Add(order.ImageFormat is "qcow2" or "raw", "order.image_format", "is neither \"qcow2\" nor \"raw\"");
        Add(spec.Cpus is >= 1 and <= InstanceLimits.MaxCpus, "order.spec.cpus", $"is not 1 to {InstanceLimits.MaxCpus}");
        Add(spec.MemoryMib is >= InstanceLimits.MinMemoryMib and <= InstanceLimits.MaxMemoryMib, "order.spec.memory_mib", $"is not {InstanceLimits.MinMemoryMib} to {InstanceLimits.MaxMemoryMib}");
        Add(spec.DiskMib is >= 1 and <= InstanceLimits.MaxDiskMib, "order.spec.disk_mib", $"is not 1 to {InstanceLimits.MaxDiskMib}");
        Add(spec.Nics.Count <= InstanceLimits.MaxNics, "order.spec.nics", $"has more than {InstanceLimits.MaxNics}");
        Add(spec.Nics.All(n => MacAddress.TryParse(n.Mac, out _)), "order.spec.nics", "has one without a hardware address");
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

    internal static IEnumerable<FieldFault> CheckUid(string uid, string field) =>
        Uid.Is(uid) ? [] : [new FieldFault(field, $"\"{uid}\" is not 12 characters of a-z and 2-7")];
}
