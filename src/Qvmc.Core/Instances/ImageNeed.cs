using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Instances;

/// <summary>
/// Instances whose image was not here when they were launched. It is being pulled; no host has had an order, and so
/// there is certainly no machine. The image's arrival completes the record, and from then on it is like any other.
/// </summary>
public static class ImageNeed
{
    /// <summary>The reason of an instance whose image does not come, or can't be used.</summary>
    public const string Failed = "ImageFailed";

    private const string Iso = "iso";

    /// <summary>Whether a record waits for its image.</summary>
    public static bool IsOpen(InstanceRecord record) => record.Instance.Spec.Image.Length > 0 && record.ImageDigest.Length == 0;

    /// <summary>Why an instance can't have the image it waits for, and what to do; null when it can, or may yet.</summary>
    /// <param name="record">A record that waits.</param>
    /// <param name="wait">What is known of the image; null: it is not here, and nothing pulls it.</param>
    public static string? Fault(InstanceRecord record, ImageWait? wait)
    {
        var name = Shown.Quote(record.Instance.Spec.Image);
        return wait switch
        {
            null => $"image {name} is not here, and its pull was cancelled: start the instance, and it is pulled again; or delete the instance",
            { Arrival: ImageArrival.Failed } => $"{wait.Message}; when that is put right, start the instance or pull the image, and it goes on; or delete the instance",
            { Image: { } image } => ImageFault(record, image),
            _ => null,
        };
    }

    /// <summary>Whether the guest agent is to be installed into an instance of an image.</summary>
    public static bool InstallsAgent(GuestAgent inImage, Protos.Instance.V1.CloudInit? cloudInit) =>
        inImage == GuestAgent.Absent && cloudInit?.WithoutAgent != true;

    private static string? ImageFault(InstanceRecord record, ImageRecord image)
    {
        var name = Shown.Quote(image.Name);
        if (image.Format == Iso)
        {
            return $"image {name} is a CD or DVD, and no disk to start from: delete the instance, and launch it with spec.cdroms";
        }

        var (given, needed) = (record.Instance.Spec.DiskMib, InstanceRules.ImageMib(image));
        return given == 0 || given >= needed
            ? null
            : $"its disk of {given} MiB is smaller than image {name}, which needs {needed}: update spec.disk_mib to at least that, and it goes on; or delete the instance";
    }
}
