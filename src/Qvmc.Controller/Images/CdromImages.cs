using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Images;

/// <summary>Finds the bytes of CDs. Whoever asks holds the image table's gate until their use is noted.</summary>
internal sealed class CdromImages(ImageTable images, ImageReferences references)
{
    /// <summary>The format of a CD in an image's record.</summary>
    public const string Format = "iso";

    /// <summary>The name of the image that a reference means; the reference itself when it means none that is here.</summary>
    public string NameOf(string reference)
    {
        try
        {
            return ImageName.Is(reference) ? references.Here(reference).Record.Name : reference;
        }
        catch (FaultException)
        {
            // What is wrong with it is told with all other faults.
            return reference;
        }
    }

    /// <summary>A launch with the names of its CDs in the place of references to them.</summary>
    public LaunchRequest Named(LaunchRequest request)
    {
        var named = request.Clone();
        foreach (var cdrom in named.Spec?.Cdroms ?? [])
        {
            cdrom.Image = NameOf(cdrom.Image);
        }

        return named;
    }

    /// <summary>The faults of CDs that are not here, or are none.</summary>
    public IEnumerable<FieldFault> Check(InstanceSpec? spec) => (spec?.Cdroms ?? [])
        .Select((c, i) => ImageName.Is(c.Image) ? Check(c.Image, $"spec.cdroms[{i}].image") : null)
        .OfType<FieldFault>();

    /// <summary>The faults of CDs that are the same by different references.</summary>
    public static IEnumerable<FieldFault> CheckDistinct(LaunchRequest given, InstanceSpec? named) =>
        CdromRules.Check(given.Spec?.Cdroms ?? [], "spec.cdroms").Any() ? [] : CdromRules.Check(named?.Cdroms ?? [], "spec.cdroms");

    /// <summary>The fault of an image that is not here, or is no CD; null: it is one.</summary>
    public FieldFault? Check(string name, string field) => images.Find(name)?.Record switch
    {
        null => new FieldFault(field, $"{Shown.Quote(name)} is not an image: {(Names is { Count: > 0 } names ? $"the CDs are {Shown.Some(names)}" : "there are no CDs, import one first")}"),
        { Format: Format } => null,
        var image => new FieldFault(field, $"{Shown.Quote(name)} is a disk ({image.Format}), not a CD: use an image whose format is {Format}"),
    };

    /// <summary>What the CDs of a spec without faults are.</summary>
    public IEnumerable<string> Digests(InstanceSpec spec) => spec.Cdroms.Select(c => Find(c.Image).Digest);

    /// <summary>A CD that passed <see cref="Check(string, string)"/>.</summary>
    public ImageRecord Find(string name) => images.Find(name)!.Record;

    private List<string> Names => [.. images.All.Values.Select(i => i.Record).Where(r => r.Format == Format).Select(r => r.Name)];
}
