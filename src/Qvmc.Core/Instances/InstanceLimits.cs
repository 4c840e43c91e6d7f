namespace Qvmc.Core.Instances;

/// <summary>The limits that instance.proto documents.</summary>
public static class InstanceLimits
{
    /// <summary>Most virtual processors.</summary>
    public const uint MaxCpus = 255;

    /// <summary>Least memory, in MiB.</summary>
    public const uint MinMemoryMib = 32;

    /// <summary>Most memory, in MiB: 16 TiB.</summary>
    public const uint MaxMemoryMib = 16_777_216;

    /// <summary>Largest disk, in MiB: 64 TiB.</summary>
    public const uint MaxDiskMib = 67_108_864;

    /// <summary>Most disks beside the first one.</summary>
    public const int MaxDataDisks = 16;

    /// <summary>Longest name of such a disk: what virtio-blk and SCSI both show of a serial number.</summary>
    public const int MaxDiskName = 20;

    /// <summary>Most CDs.</summary>
    public const int MaxCdroms = 4;

    /// <summary>Most network interfaces.</summary>
    public const int MaxNics = 8;

    /// <summary>Most queues of a network interface.</summary>
    public const uint MaxQueues = 16;

    /// <summary>Highest rate limit of a network interface, in Mbit/s.</summary>
    public const uint MaxRateMbit = 1_000_000;

    /// <summary>Most port forwards.</summary>
    public const int MaxForwards = 64;

    /// <summary>Longest request id, in characters.</summary>
    public const int MaxRequestId = 128;

    /// <summary>Last place among the machines that come back after a restart of their host.</summary>
    public const uint MaxAutostartOrder = 9999;

    /// <summary>Longest wait, grace and command, each.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromHours(1);

    /// <summary>How long a call waits that does not say.</summary>
    public static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(5);
}
