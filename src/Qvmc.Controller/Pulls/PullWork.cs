using Microsoft.Extensions.Logging;
using Qvmc.Controller.Images;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Images;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Pulls;

/// <summary>What a pull does: fetches the bytes and gives them their name.</summary>
internal sealed partial class PullWork(
    ImageFetcher fetcher, ImageStore bytes, ImageTable images, ImageKeeper keeper, ImageSweep sweep, DamagedImages damaged, ILogger<PullWork> log)
{
    // Each more means that the very bytes that came were deleted with another image in between.
    private const int MaxAttempts = 3;

    /// <summary>Does it; goes on where an earlier attempt stopped.</summary>
    public async Task RunAsync(PullState pull, CancellationToken ct)
    {
        for (var attempt = 1; !IsDone(pull.Record); attempt++)
        {
            var known = images.Find(pull.Record.Name)?.Record;
            using var progress = new PullProgress(pull, images, sweep, () => Discard(known));
            var result = await fetcher.FetchAsync(Fetch(pull.Record, known), progress, ct);
            if (result.Blob is not { } blob)
            {
                return;
            }

            try
            {
                FaultPoint.Reach(FaultStep.PullFetched);
                await keeper.NameAsync(pull.Record.Name, blob, Origin(pull.Record, result, blob), replace: true);
                FaultPoint.Reach(FaultStep.PullNamed);
                return;
            }
            catch (FaultException e) when (e.Code == FaultCode.Unavailable && bytes.Find(blob.Digest) is null && attempt < MaxAttempts)
            {
                Swept(pull.Record.Name, blob.Digest);
            }
        }
    }

    /// <summary>Drops what came of a pull that nobody goes on with.</summary>
    public void Abandon(string id)
    {
        try
        {
            fetcher.Abandon(id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FaultException)
        {
            NotAbandoned(e, id);
        }
    }

    // Named before a crash, and the record of the pull was not deleted any more.
    private bool IsDone(PullRecord pull) => images.Find(pull.Name)?.Record is { } known
        && pull.Urls.Contains(known.Source?.Url ?? "") && known.CreateTime >= pull.CreateTime && bytes.Find(known.Digest) is not null;

    private ImageFetch Fetch(PullRecord pull, ImageRecord? known)
    {
        var isSound = known is not null && bytes.Find(known.Digest) is not null && !damaged.Contains(known.Digest);
        return new ImageFetch(
            pull.Id,
            [.. pull.Urls.Select(u => new Uri(u))],
            pull.Checksum.Length == 0 ? null : Checksum.Parse(pull.Checksum),
            pull.ChecksumUrl.Length == 0 ? null : new Uri(pull.ChecksumUrl),
            pull.Format,
            isSound && Checksum.TryParse(known!.Source?.Checksum, out var present) ? present : null,
            isSound && known!.SourceVersion.Length > 0 ? known.SourceVersion : null);
    }

    // Bytes that were found damaged make way for sound ones once those are here.
    private void Discard(ImageRecord? known)
    {
        if (known is not null && damaged.Remove(known.Digest))
        {
            bytes.Delete(known.Digest);
        }
    }

    private static ImageOrigin Origin(PullRecord pull, ImageFetchResult result, ImageBlob blob) => new(
        new ImageSource
        {
            Url = pull.Urls.FirstOrDefault(u => new Uri(u) == result.Url) ?? pull.Urls[0],
            Checksum = (result.Checksum ?? blob.SourceChecksum)?.ToString() ?? "",
            CatalogEntry = pull.CatalogEntry,
            Format = blob.SourceFormat,
        },
        pull.DefaultUser,
        pull.GuestAgent,
        result.Version ?? "");

    [LoggerMessage(Level = LogLevel.Warning, Message = "pull of {Name}: its bytes ({Digest}) were deleted with another image just now; they are fetched again")]
    private partial void Swept(string name, string digest);

    [LoggerMessage(Level = LogLevel.Warning, Message = "what came of pull {Id} could not be deleted")]
    private partial void NotAbandoned(Exception e, string id);
}
