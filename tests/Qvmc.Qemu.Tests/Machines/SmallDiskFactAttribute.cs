namespace Qvmc.Qemu.Tests.Machines;

/// <summary>A test that needs a small file system; left out by its name where there is no way to one.</summary>
public sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute() => Skip = SmallDisk.Obstacle;
}
