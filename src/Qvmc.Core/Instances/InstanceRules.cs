using Qvmc.Core.CloudInit;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Core.Instances;

/// <summary>
/// What a launch may ask for, and what it gets where it does not say. Judges fields by themselves and with one another.
/// </summary>
public static class InstanceRules
{
    /// <summary>Every fault of a launch that can be seen without knowing anything else.</summary>
    public static IReadOnlyList<FieldFault> CheckLaunch(LaunchRequest request)
    {
        var faults = new List<FieldFault>();
        Add(faults, InstanceName.Check(request.Name));
        faults.AddRange(LabelRules.Check(request.Labels));
        if (request.RequestId.Length > InstanceLimits.MaxRequestId)
        {
            faults.Add(new FieldFault("request_id", $"has {request.RequestId.Length} characters: at most {InstanceLimits.MaxRequestId}"));
        }

        Add(faults, WaitRules.CheckCondition(request.Wait, "wait"));
        Add(faults, DurationRules.Check(request.Timeout, "timeout"));
        if (request.Spec is null)
        {
            faults.Add(new FieldFault("spec.image", "is missing: give the image to start from"));
            return faults;
        }

        CheckSpec(request.Spec, faults);
        if (Enum.IsDefined(request.Wait) && WaitRules.NeverComes(request.Wait, request.Spec.Power))
        {
            faults.Add(new FieldFault("wait", $"{Shown.Name(request.Wait)} never comes with spec.power {PowerName(request.Spec.Power)}"));
        }

        return faults;
    }

    /// <summary>The fault of a disk that is too small for its image, or null.</summary>
    public static FieldFault? CheckDiskHolds(ImageRecord image, uint diskMib)
    {
        var needed = ImageMib(image);
        return diskMib == 0 || diskMib >= needed
            ? null
            : new FieldFault("spec.disk_mib", $"{diskMib} is smaller than image {Shown.Quote(image.Name)}, which needs {needed} (MiB): give at least that, or nothing");
    }

    /// <summary>What a launch gets: the spec with every value that was left open filled in.</summary>
    /// <param name="given">A spec without faults.</param>
    /// <param name="uid">The instance's identity, which the hardware addresses come from.</param>
    /// <param name="image">The image that it names.</param>
    /// <param name="defaults">From the configuration; may be null.</param>
    public static InstanceSpec Complete(InstanceSpec given, string uid, ImageRecord image, InstanceDefaults? defaults)
    {
        var spec = given.Clone();
        spec.Cpus = FirstSet(spec.Cpus, defaults?.Cpus ?? 0, 1);
        spec.MemoryMib = FirstSet(spec.MemoryMib, defaults?.MemoryMib ?? 0, 1024);
        spec.DiskMib = FirstSet(spec.DiskMib, (uint)Math.Min(ImageMib(image), InstanceLimits.MaxDiskMib), 1);
        if (spec.Power == PowerState.Unspecified)
        {
            spec.Power = PowerState.Running;
        }

        if (spec.Nics.Count == 0)
        {
            spec.Nics.Add(new Nic());
        }

        var macs = MacAddress.ForAll(uid, spec.Nics);
        for (var i = 0; i < macs.Count; i++)
        {
            spec.Nics[i].Mac = macs[i];
        }

        foreach (var forward in spec.Forwards)
        {
            forward.Protocol = forward.Protocol == Protocol.Unspecified ? Protocol.Tcp : forward.Protocol;
            forward.HostAddress = forward.HostAddress.Length == 0 ? "127.0.0.1" : forward.HostAddress;
        }

        return spec;
    }

    /// <summary>The faults of processors, memory and disk where they are given (not 0).</summary>
    internal static void CheckSizes(InstanceSpec spec, List<FieldFault> faults)
    {
        if (spec.Cpus > InstanceLimits.MaxCpus)
        {
            faults.Add(new FieldFault("spec.cpus", $"{spec.Cpus} is not allowed: use 1 to {InstanceLimits.MaxCpus}"));
        }

        if (spec.MemoryMib is not 0 and (< InstanceLimits.MinMemoryMib or > InstanceLimits.MaxMemoryMib))
        {
            faults.Add(new FieldFault("spec.memory_mib", $"{spec.MemoryMib} is not allowed: use {InstanceLimits.MinMemoryMib} to {InstanceLimits.MaxMemoryMib} (MiB)"));
        }

        if (spec.DiskMib > InstanceLimits.MaxDiskMib)
        {
            faults.Add(new FieldFault("spec.disk_mib", $"{spec.DiskMib} is not allowed: use at most {InstanceLimits.MaxDiskMib} (MiB)"));
        }
    }

    private static void CheckSpec(InstanceSpec spec, List<FieldFault> faults)
    {
        if (spec.Image.Length == 0)
        {
            faults.Add(new FieldFault("spec.image", "is missing: give the image to start from"));
        }
        else
        {
            Add(faults, ImageName.Check(spec.Image, "spec.image"));
        }

        CheckSizes(spec, faults);
        faults.AddRange(CloudConfig.Check(spec.CloudInit));
        faults.AddRange(NicRules.Check(spec.Nics, "spec.nics"));
        faults.AddRange(ForwardRules.Check(spec.Forwards, "spec.forwards"));
        if (!Enum.IsDefined(spec.Power))
        {
            faults.Add(new FieldFault("spec.power", $"{(int)spec.Power} is not known: use RUNNING, STOPPED or PAUSED"));
        }
    }

    private static string PowerName(PowerState power) => Shown.Name(power == PowerState.Unspecified ? PowerState.Running : power);

    private static ulong ImageMib(ImageRecord image) => (image.VirtualSizeBytes / (1 << 20)) + (image.VirtualSizeBytes % (1 << 20) == 0 ? 0ul : 1);

    private static uint FirstSet(uint given, uint configured, uint otherwise) => given != 0 ? given : configured != 0 ? configured : otherwise;

    private static void Add(List<FieldFault> faults, FieldFault? fault)
    {
        if (fault is not null)
        {
            faults.Add(fault);
        }
    }
}
