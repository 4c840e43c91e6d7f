namespace Qvmc.Images.Tools;

/// <summary>What a program may take, so that a file made to hurt its reader can't hurt the host.</summary>
internal sealed record ToolLimits
{
    /// <summary>Memory that it may map.</summary>
    internal long AddressSpaceBytes { get; init; } = 2L << 30;

    /// <summary>Time on processors; null: whoever starts it sees to it that it gets on.</summary>
    internal long? CpuSeconds { get; init; } = 120;

    /// <summary>Who runs it; null: we ourselves.</summary>
    internal ToolUser? User { get; init; }

    /// <summary>Size of the largest file that it may write; null: any. Pipes don't count.</summary>
    internal long? FileBytes { get; init; }
}
