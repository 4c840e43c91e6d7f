using Microsoft.Extensions.Logging;
using Qvmc.Controller.Uploads;
using Qvmc.Core.Faults;
using Qvmc.Images;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Images;

/// <summary>Deletes what nobody uses. What is being added, pulled or uploaded is left alone.</summary>
internal sealed partial class ImagePrune(
    ImageTable images, ImageUse use, ImageKeeper keeper, ImageSweep sweep, ImageStore bytes, ImageUploads uploads, ILogger<ImagePrune> log)
{
    private const string PullPrefix = "pull-";

    /// <summary>What can go, by kind and name; deleted too, unless that is only asked.</summary>
    public async Task<IReadOnlyList<PrunedItem>> RunAsync(bool all, bool dryRun)
    {
        var items = Images(all);
        if (!dryRun)
        {
            foreach (var item in items)
            {
                await TryAsync(item, () => keeper.DeleteAsync(item.Name));
            }
        }

        // After the images: their own bytes are not counted twice.
        foreach (var item in Nameless())
        {
            items.Add(item);
            if (!dryRun)
            {
                await TryAsync(item, () => Task.Run(() => sweep.Offer([item.Name])));
            }
        }

        foreach (var (item, path) in Rests())
        {
            items.Add(item);
            if (!dryRun)
            {
                await TryAsync(item, () => UploadFiles.DeleteFileAsync(path));
            }
        }

        Pruned(dryRun, items.Count, items.Aggregate(0ul, (sum, i) => sum + i.FreedBytes));
        return items;
    }

    private List<PrunedItem> Images(bool all)
    {
        lock (images.Gate)
        {
            var going = images.All.Values.Select(i => i.Record)
                .Where(r => (all || r.Source?.Url.Length > 0) && use.Users(r.Digest).Count == 0 && use.Waiting(r.Name).Count == 0 && images.FindPull(r.Name) is null or { HasFailed: true })
                .ToList();
            var names = going.Select(r => r.Name).ToHashSet();
            return
            [
                .. going.Select(r => new PrunedItem
                {
                    Kind = PrunedKind.Image,
                    Name = r.Name,

                    // The last of the names takes the bytes with it.
                    FreedBytes = images.NamesOf(r.Digest).All(names.Contains) && going.Last(o => o.Digest == r.Digest) == r ? r.SizeBytes : 0,
                }),
            ];
        }
    }

    // While bytes are getting their name nobody can tell which have none.
    private List<PrunedItem> Nameless()
    {
        lock (images.Gate)
        {
            return sweep.IsHeld
                ? []
                : [.. bytes.Digests().Where(sweep.IsUseless).Order(StringComparer.Ordinal).Select(d => new PrunedItem { Kind = PrunedKind.Bytes, Name = d, FreedBytes = Size(d) })];
        }
    }

    private List<(PrunedItem Item, string Path)> Rests()
    {
        var pulls = images.Pulls.Values.Where(p => !p.HasFailed).Select(p => PullPrefix + p.Record.Id).ToHashSet();
        return
        [
            .. bytes.Partials()
                .Where(p => !pulls.Contains(p.Name) && !(p.Name.StartsWith(UploadFiles.Prefix, StringComparison.Ordinal) && uploads.Has(p.Name[UploadFiles.Prefix.Length..])))
                .Select(p => (new PrunedItem { Kind = PrunedKind.Partial, Name = p.Name, FreedBytes = (ulong)p.Bytes }, p.Path)),
        ];
    }

    private ulong Size(string digest) => bytes.Find(digest) is { } path && new FileInfo(path) is { Exists: true } file ? (ulong)file.Length : 0;

    private static async Task TryAsync(PrunedItem item, Func<Task> delete)
    {
        try
        {
            await delete();
        }
        catch (Exception e) when (e is FaultException or IOException or UnauthorizedAccessException)
        {
            (item.Error, item.FreedBytes) = (e.Message, 0);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "pruned (only asked: {DryRun}): {Count} things, {Bytes} bytes")]
    private partial void Pruned(bool dryRun, int count, ulong bytes);
}
