using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Controller.Images;
using Qvmc.Controller.Records;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Record.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Store;
using Qvmc.Store.Sqlite;

namespace Qvmc.Controller.Recovery;

/// <summary>
/// Makes the store's records again when it is lost: instances from the orders that hosts have, images from the copy beside
/// their bytes or, without one, from the bytes and the names that instances know them by.
/// </summary>
public sealed class RecordRecovery(ControllerSettings settings)
{
    private readonly string _imageDirectory = ControllerSettingsRules.ImageDirectory(settings);
    private readonly ImageStore _images = new(ControllerSettingsRules.ImageDirectory(settings), new QemuImg(settings.QemuImgBinary), NullLogger.Instance);

    /// <summary>Where the store is, or was.</summary>
    public string StorePath { get; } = ControllerDaemon.StorePath(settings);

    /// <summary>Makes them. Changes nothing.</summary>
    public RecoveredRecords Make(IReadOnlyCollection<HostMachine> machines)
    {
        var troubles = new Dictionary<string, string>(StringComparer.Ordinal);
        var instances = new SortedDictionary<string, InstanceRecord>(StringComparer.Ordinal);

        // Of two by one name the later launch has it: the other is what a host that was put back from a backup brought.
        foreach (var machine in machines.OrderByDescending(m => m.Order.CreateTime ?? m.Made).ThenBy(m => m.Order.Uid, StringComparer.Ordinal))
        {
            var record = InstanceRecords.Normal(Desire.Recover(machine.Order, machine.Node, machine.Made));
            if (!instances.TryAdd(record.Instance.Name, record))
            {
                troubles[record.Instance.Uid] = $"instance {Shown.Quote(record.Instance.Name)} is machine {instances[record.Instance.Name].Instance.Uid}, which was launched later: left alone on its host";
            }
        }

        return new RecoveredRecords([.. instances.Values], [.. MakeImages(instances.Values, troubles).Values], troubles);
    }

    /// <summary>Writes them into a new store.</summary>
    public static async Task FillAsync(IStore store, RecoveredRecords records)
    {
        foreach (var image in records.Images)
        {
            await store.PutAsync(RecordKeys.Image(image.Name), image.ToByteArray(), 0, CancellationToken.None);
        }

        foreach (var instance in records.Instances)
        {
            await store.PutAsync(RecordKeys.Instance(instance.Instance.Name), instance.ToByteArray(), 0, CancellationToken.None);

            // Its host has it: should it lose it, that is a loss and no reason to make it anew.
            await store.PutAsync(RecordKeys.PlacedMachine(instance.Instance.Uid), ReadOnlyMemory<byte>.Empty, 0, CancellationToken.None);
        }
    }

    /// <summary>Keeps the controller out and says what is there.</summary>
    public StoreReplacement Begin() => StoreReplacement.Begin(StorePath);

    private SortedDictionary<string, ImageRecord> MakeImages(IReadOnlyCollection<InstanceRecord> instances, Dictionary<string, string> troubles)
    {
        var made = new SortedDictionary<string, ImageRecord>(StringComparer.Ordinal);
        var copy = ImageRecordsCopy.Read(_imageDirectory);
        foreach (var record in copy?.Images ?? [])
        {
            if (!Has(record.Digest))
            {
                troubles[record.Name] = "its bytes are not here: pull or import it again";
            }
            else
            {
                made[record.Name] = record;
            }
        }

        foreach (var (name, digest) in instances.OrderByDescending(i => i.Instance.CreateTime).SelectMany(Uses).Where(u => ImageName.Is(u.Name) && !made.ContainsKey(u.Name)))
        {
            if (Has(digest) && Look(name, digest) is { } record)
            {
                made[name] = record;
            }
        }

        // With a copy, bytes without a name are what a crash left. Without, they may be all that somebody has.
        var nameless = copy is null ? _images.Digests().Except(made.Values.Select(r => r.Digest)) : [];
        foreach (var digest in nameless.Order(StringComparer.Ordinal))
        {
            var name = $"recovered-{digest["sha256:".Length..][..12]}";
            if (Look(name, digest) is { } record)
            {
                made[name] = record;
            }
        }

        return made;
    }

    private bool Has(string digest) => ImageDigest.TryParse(digest, out _) && _images.Find(digest) is not null;

    private ImageRecord? Look(string name, string digest) => _images.Look(digest) is { } blob
        ? new ImageRecord
        {
            Name = name,
            Digest = digest,
            Format = ImageFormats.Name(blob.Format),
            SizeBytes = (ulong)blob.SizeBytes,
            VirtualSizeBytes = (ulong)blob.VirtualSizeBytes,
            CreateTime = Timestamp.FromDateTime(File.GetLastWriteTimeUtc(_images.Find(digest)!)),
            Source = new ImageSource { Format = blob.Format },
        }
        : null;

    private static IEnumerable<(string Name, string Digest)> Uses(InstanceRecord record) =>
        record.Instance.Spec.Cdroms.Select(c => c.Image).Zip(record.CdromDigests)
            .Append((record.Instance.Spec.Image, record.ImageDigest))
            .Where(u => u.Item1.Length > 0 && u.Item2.Length > 0);
}
