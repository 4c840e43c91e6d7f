using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

/// <summary>Formats by the names that records, orders and QEMU use.</summary>
public static class ImageFormats
{
    /// <summary><c>qcow2</c> or <c>raw</c>.</summary>
    public static string Name(ImageFormat format) => format switch
    {
        ImageFormat.Qcow2 => "qcow2",
        ImageFormat.Raw => "raw",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "a format must be known before QEMU sees the file"),
    };

    /// <summary>The format that a record or order names.</summary>
    public static ImageFormat Parse(string name) => name switch
    {
        "qcow2" => ImageFormat.Qcow2,
        "raw" => ImageFormat.Raw,
        _ => throw new FaultException(FaultCode.InvalidArgument, $"\"{name}\" is not a format of images; there are \"qcow2\" and \"raw\""),
    };
}
