namespace Qvmc.Images.Formats;

/// <summary>Incompatible features: a reader that does not know one must not open the file.</summary>
[Flags]
internal enum Qcow2Features : ulong
{
    None = 0,

    /// <summary>Refcounts may be wrong: QEMU was not ended cleanly.</summary>
    Dirty = 1,

    /// <summary>QEMU found the tables corrupt.</summary>
    Corrupt = 2,

    /// <summary>The data is in another file.</summary>
    ExternalData = 4,

    /// <summary>Another compression than deflate.</summary>
    CompressionType = 8,

    /// <summary>Subclusters.</summary>
    ExtendedL2 = 16,
}
