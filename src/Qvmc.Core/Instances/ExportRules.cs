using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Core.Instances;

/// <summary>How a disk can be exported.</summary>
public static class ExportRules
{
    /// <summary>Every fault of a format, which may be unset, and its compression.</summary>
    public static IEnumerable<FieldFault> Check(ImageFormat format, bool compress)
    {
        if (format is not (ImageFormat.Unspecified or ImageFormat.Qcow2 or ImageFormat.Raw))
        {
            yield return new FieldFault("format", $"{Shown.Name(format)} can't be written: use QCOW2 or RAW");
        }
        else if (compress && format == ImageFormat.Raw)
        {
            yield return new FieldFault("compress", "is for QCOW2 only: leave it out, or use that format");
        }
    }
}
