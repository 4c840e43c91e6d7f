using Microsoft.Extensions.Logging;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Records;
using Qvmc.Core.Drills;
using Qvmc.Core.Instances;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Images;

/// <summary>Completes the records of instances whose image has come.</summary>
internal sealed partial class ImageTaking(InstanceRecords records, ImageTable images, ImageUse use, ILogger<ImageTaking> log)
{
    /// <summary>Gives an instance its image, unless it is not here, or of no use to it.</summary>
    public async Task TakeAsync(InstanceState state)
    {
        ImageRecord image;
        ImageClaim claim;
        lock (images.Gate)
        {
            if (images.Find(state.Record.Instance.Spec.Image) is not { } stored)
            {
                return;
            }

            // Until the record names the bytes nobody else says that they are used.
            image = stored.Record;
            claim = use.Claim(image.Digest, state.Name);
        }

        using (claim)
        {
            var wait = new ImageWait(ImageArrival.Here, image, "", image.CreateTime);
            var (after, changed) = await records.ChangeAsync(state.Name, "", s =>
                s.Uid == state.Uid && Plan.Next(s.Record, s.Seen with { Image = wait }, s.Removed) == PlanStep.TakeImage
                    ? Desire.TakeImage(s.Record, image)
                    : null);
            FaultPoint.Reach(FaultStep.ImageTaken);
            if (changed)
            {
                Taken(after.Name, after.Uid, image.Name, image.Digest);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Name} ({Uid}): its image {Image} is here ({Digest})")]
    private partial void Taken(string name, string uid, string image, string digest);
}
