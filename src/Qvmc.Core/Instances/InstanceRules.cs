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
    private const uint FirstGeneration = 1;

    private static readonly FieldFault MissingImage =
        new("spec.image", "is missing: give the image to start from, or a cdrom and disk_mib to install on an empty disk");

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
            faults.Add(MissingImage);
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
    /// <param name="image">The image that it names; null: it names none, or one that is not here yet: then the size of the disk may stay open.</param>
    /// <param name="defaults">From the configuration; may be null.</param>
    /// <param name="isMacTaken">Whether another instance on the host has a hardware address; null: none has any.</param>
    public static InstanceSpec Complete(InstanceSpec given, string uid, ImageRecord? image, InstanceDefaults? defaults, Func<string, bool>? isMacTaken = null)
    {
        var spec = given.Clone();
        spec.Cpus = Cpus(given, defaults);
        spec.MemoryMib = FirstSet(spec.MemoryMib, defaults?.MemoryMib ?? 0, 1024);
        if (spec.DiskMib == 0 && image is not null)
        {
            spec.DiskMib = DefaultDiskMib(image);
        }

        DataDiskRules.Complete(spec.DataDisks, FirstGeneration);
        if (spec.Power == PowerState.Unspecified)
        {
            spec.Power = PowerState.Running;
        }

        if (spec.Nics.Count == 0)
        {
            spec.Nics.Add(new Nic());
        }

        NicRules.Complete(spec.Nics, uid, isMacTaken);
        foreach (var forward in spec.Forwards)
        {
            ForwardRules.Complete(forward);
        }

        return spec;
    }

    /// <summary>How many processors a launch gets.</summary>
    public static uint Cpus(InstanceSpec given, InstanceDefaults? defaults) => FirstSet(given.Cpus, defaults?.Cpus ?? 0, 1);

    /// <summary>How many MiB a disk must have to hold an image.</summary>
    internal static ulong ImageMib(ImageRecord image) => (image.VirtualSizeBytes / (1 << 20)) + (image.VirtualSizeBytes % (1 << 20) == 0 ? 0ul : 1);

    /// <summary>The size of a disk that is to be as large as its image.</summary>
    internal static uint DefaultDiskMib(ImageRecord image) => (uint)Math.Clamp(ImageMib(image), 1, InstanceLimits.MaxDiskMib);

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
        if (spec.Image.Length > 0)
        {
            Add(faults, ImageName.Check(spec.Image, "spec.image"));
        }
        else if (spec.Cdroms.Count == 0)
        {
            faults.Add(MissingImage);
        }
        else if (spec.DiskMib == 0)
        {
            faults.Add(new FieldFault("spec.disk_mib", "is missing: without an image to start from, give the size of the empty disk"));
        }

        CheckSizes(spec, faults);
        faults.AddRange(DataDiskRules.Check(spec.DataDisks, "spec.data_disks"));
        faults.AddRange(CdromRules.Check(spec.Cdroms, "spec.cdroms"));
        faults.AddRange(CloudConfig.Check(spec.CloudInit));
        faults.AddRange(NicRules.Check(spec.Nics, "spec.nics"));
        faults.AddRange(ForwardRules.Check(spec.Forwards, "spec.forwards"));
        faults.AddRange(AutostartRules.Check(spec.Autostart, "spec.autostart"));
        if (spec.Forwards.Count > 0 && spec.Nics.Any(NicRules.IsNone))
        {
            faults.Add(new FieldFault("spec.forwards", "there is no network interface to forward to: leave them out, or name another network than \"none\""));
        }

        if (!Enum.IsDefined(spec.Power))
        {
            faults.Add(new FieldFault("spec.power", $"{(int)spec.Power} is not known: use RUNNING, STOPPED or PAUSED"));
        }
    }

    private static string PowerName(PowerState power) => Shown.Name(power == PowerState.Unspecified ? PowerState.Running : power);

    private static uint FirstSet(uint given, uint configured, uint otherwise) => given != 0 ? given : configured != 0 ? configured : otherwise;

    private static void Add(List<FieldFault> faults, FieldFault? fault)
    {
        if (fault is not null)
        {
            faults.Add(fault);
        }
    }
}
