using Qvmc.Images;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Images;

/// <summary>What is known of an image beside its bytes.</summary>
/// <param name="Source">Where it came from.</param>
/// <param name="DefaultUser">The user that its cloud-init makes; empty: not known.</param>
/// <param name="GuestAgent">Whether the guest agent is in it.</param>
/// <param name="Version">What its source tells versions of it apart by, where there is no checksum; empty: nothing.</param>
internal sealed record ImageOrigin(
    ImageSource Source, string DefaultUser = "", GuestAgent GuestAgent = GuestAgent.Unspecified, string Version = "")
{
    /// <summary>Of an image that was imported or uploaded.</summary>
    public static ImageOrigin Imported(ImageBlob blob) =>
        new(new ImageSource { Checksum = blob.SourceChecksum?.ToString() ?? "", Format = blob.SourceFormat });
}
