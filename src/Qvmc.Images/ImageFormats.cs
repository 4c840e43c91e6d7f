using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

/// <summary>Formats by the names that records and orders use; for disks they are QEMU's too.</summary>
public static class ImageFormats
{
    /// <summary><c>qcow2</c>, <c>raw</c>, <c>vmdk</c>, <c>vhdx</c> or <c>iso</c>.</summary>
    public static string Name(ImageFormat format) => format switch
    {
        ImageFormat.Qcow2 => "qcow2",
        ImageFormat.Raw => "raw",
        ImageFormat.Vmdk => "vmdk",
        ImageFormat.Vhdx => "vhdx",
        ImageFormat.Iso => "iso",
        ImageFormat.Unspecified => throw new ArgumentOutOfRangeException(nameof(format), format, "a format must be known before QEMU sees the file"),
    };

    /// <summary>The format that a record or order names.</summary>
    public static ImageFormat Parse(string name) => name switch
    {
        "qcow2" => ImageFormat.Qcow2,
        "raw" => ImageFormat.Raw,
        "vmdk" => ImageFormat.Vmdk,
        "vhdx" => ImageFormat.Vhdx,
        "iso" => ImageFormat.Iso,
        _ => throw new FaultException(FaultCode.InvalidArgument, $"\"{name}\" is not a format of images; there are \"qcow2\", \"raw\", \"vmdk\", \"vhdx\" and \"iso\""),
    };
}
