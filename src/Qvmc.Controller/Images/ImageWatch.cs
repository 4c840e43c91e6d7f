using System.Runtime.CompilerServices;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Images;

/// <summary>
/// What a watch of images tells: every one there is, SYNCED, then each change. A follower that reads slowly is told the
/// latest of each image, not every step between.
/// </summary>
internal sealed class ImageWatch(ImageFeed feed, ImageViews views)
{
    /// <summary>Has no end of its own.</summary>
    public async IAsyncEnumerable<WatchImagesResponse> ReadAsync(WatchImagesRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        using var changes = feed.Subscribe();
        var told = new Dictionary<string, Image>(StringComparer.Ordinal);
        foreach (var image in views.All().Where(i => IsAsked(i.Name)))
        {
            told[image.Name] = image;
            yield return new WatchImagesResponse { Type = ImageEventType.Snapshot, Image = image };
        }

        yield return new WatchImagesResponse { Type = ImageEventType.Synced };
        while (true)
        {
            foreach (var name in (await changes.NextAsync(ct)).Where(IsAsked))
            {
                if (Next(name, told) is { } change)
                {
                    yield return change;
                }
            }
        }

        bool IsAsked(string name) => request.Name.Length == 0 || request.Name == name;
    }

    private WatchImagesResponse? Next(string name, Dictionary<string, Image> told)
    {
        if (views.Find(name) is { } image)
        {
            var isNews = !told.TryGetValue(name, out var before) || !before.Equals(image);
            told[name] = image;
            return isNews ? new WatchImagesResponse { Type = ImageEventType.Changed, Image = image } : null;
        }

        return told.Remove(name, out var last) ? new WatchImagesResponse { Type = ImageEventType.Deleted, Image = last } : null;
    }
}
