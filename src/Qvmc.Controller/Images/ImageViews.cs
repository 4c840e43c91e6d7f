using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Images;

/// <summary>Images as users see them.</summary>
internal sealed class ImageViews(ImageTable images, ImageUse use)
{
    /// <summary>Every image, those that are being pulled too.</summary>
    public IEnumerable<Image> All() => After("");

    /// <summary>The images after a name, in order.</summary>
    public IEnumerable<Image> After(string name) =>
        images.Names.Where(n => string.CompareOrdinal(n, name) > 0).Select(Find).OfType<Image>();

    /// <summary>An image, or null.</summary>
    public Image? Find(string name) => images.FindEntry(name) is { } entry ? Compose(name, entry) : null;

    /// <summary>An image, or NOT_FOUND.</summary>
    public Image Get(string name) => Find(name) ?? throw Missing(name);

    public static FaultException Missing(string name) => new(FaultCode.NotFound, $"there is no image {Shown.Quote(name)}");

    private Image Compose(string name, ImageEntry entry)
    {
        var image = entry.Stored is { } stored ? Here(stored.Record) : Coming(name, entry.Pull!.Record);
        image.State = StateOf(entry);
        image.Error = entry.Pull?.Record.Error ?? "";
        if (entry.Pull is { HasFailed: false } pull)
        {
            image.Progress = new ImageProgress { DoneBytes = (ulong)pull.Done, TotalBytes = (ulong)(pull.Total ?? 0), Trouble = pull.Trouble };
        }

        image.UsedBy.AddRange(use.Waiting(name).Concat(entry.Stored is null ? [] : use.Users(image.Digest)).Order(StringComparer.Ordinal));
        return image;
    }

    // An image that is here can be used while newer bytes are coming, and when they do not come.
    private static ImageState StateOf(ImageEntry entry) => entry switch
    {
        { Stored: not null } => ImageState.Ready,
        { Pull.HasFailed: true } => ImageState.Failed,
        { Pull.Step: PullStep.Preparing } => ImageState.Preparing,
        _ => ImageState.Pulling,
    };

    private static Image Here(ImageRecord record) => new()
    {
        Name = record.Name,
        Digest = record.Digest,
        Format = ImageFormats.Parse(record.Format),
        SizeBytes = record.SizeBytes,
        VirtualSizeBytes = record.VirtualSizeBytes,
        CreateTime = record.CreateTime,
        Source = record.Source,
        DefaultUser = record.DefaultUser,
        GuestAgent = record.GuestAgent,
    };

    private static Image Coming(string name, PullRecord record) => new()
    {
        Name = name,
        Source = new ImageSource { Url = record.Urls.FirstOrDefault() ?? "", Checksum = record.Checksum, CatalogEntry = record.CatalogEntry, Format = record.Format },
        DefaultUser = record.DefaultUser,
        GuestAgent = record.GuestAgent,
    };
}
