using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Controller.Records;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Protos.Record.V1;
using Qvmc.Store;

namespace Qvmc.Controller.Images;

/// <summary>
/// Gives bytes a name and takes it away. A name is stored when its bytes are complete; bytes go when neither a name nor
/// an instance has them. The only writer of image records, one write after another.
/// </summary>
internal sealed class ImageKeeper(IStore store, ImageStore bytes, ImageTable images, ImageUse use, ImageSweep sweep, ImageRecordsCopy copy, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Takes an image in. The same name with the same bytes is no error; with others it is, unless they replace them.</summary>
    public async Task<ImageRecord> AddAsync(
        string name, Stream source, ImageExpectation expectation, bool replace, CancellationToken ct)
    {
        IDisposable? hold = null;
        try
        {
            await using var arriving = new ArrivingStream(source, () => hold = sweep.Hold());
            var blob = await bytes.AddAsync(arriving, expectation, ct);
            return await NameAsync(name, blob, ImageOrigin.Imported(blob), replace);
        }
        finally
        {
            hold?.Dispose();
        }
    }

    /// <summary>
    /// Gives bytes a name. Where it means others it means these from now on, or, without <paramref name="replace"/>, is
    /// left. The caller holds the sweep.
    /// </summary>
    public async Task<ImageRecord> NameAsync(string name, ImageBlob blob, ImageOrigin origin, bool replace)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            var known = images.Find(name);
            if (known is not null && known.Record.Digest != blob.Digest && !replace)
            {
                throw new FaultException(
                    FaultCode.AlreadyExists,
                    $"there is an image {Shown.Quote(name)} already, with other bytes ({known.Record.Digest}, these are {blob.Digest}): choose another name, delete it first, or let these replace them");
            }

            var record = Record(name, blob, origin);
            if (known is not null && IsSame(known.Record, record))
            {
                return known.Record;
            }

            if (bytes.Find(blob.Digest) is null)
            {
                throw new FaultException(FaultCode.Unavailable, $"the bytes of image {Shown.Quote(name)} were deleted with another image just now: try again");
            }

            FaultPoint.Reach(FaultStep.ImageNaming);
            var entry = await store.PutAsync(RecordKeys.Image(name), record.ToByteArray(), known?.Revision ?? 0, CancellationToken.None)
                ?? throw new FaultException(FaultCode.Stale, $"the record of image {Shown.Quote(name)} was changed by somebody else: try again");
            FaultPoint.Pass(FaultStep.ImageNamed);
            images.Load(record, entry.Revision);
            copy.Write();
            sweep.Offer(known is null ? [] : [known.Record.Digest]);
            return record;
        }
        catch (FaultException)
        {
            sweep.Offer([blob.Digest]);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Throws unless an image could be deleted now.</summary>
    public void CheckDeletable(string name)
    {
        lock (images.Gate)
        {
            FindDeletable(name);
        }
    }

    /// <summary>Deletes a name, and its bytes when they have no other. Refused while that would take them from an instance.</summary>
    public async Task DeleteAsync(string name)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            StoredImage image;
            lock (images.Gate)
            {
                // From here on no launch finds it.
                image = FindDeletable(name);
                images.Remove(name);
            }

            try
            {
                await store.DeleteAsync(RecordKeys.Image(name), image.Revision, CancellationToken.None);
            }
            catch
            {
                images.Load(image.Record, image.Revision);
                throw;
            }

            FaultPoint.Reach(FaultStep.ImageUnnamed);
            copy.Write();
            sweep.Offer([image.Record.Digest]);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private StoredImage FindDeletable(string name)
    {
        var image = images.Find(name) ?? throw ImageViews.Missing(name);
        List<string> users = [.. use.Waiting(name)];
        if (images.NamesOf(image.Record.Digest).Count() == 1)
        {
            users.AddRange(use.Users(image.Record.Digest));
        }

        return users.Count == 0
            ? image
            : throw new FaultException(FaultCode.FailedPrecondition, $"image {Shown.Quote(name)} is used by {Shown.Some(users)}: delete {(users.Count == 1 ? "it" : "them")} first");
    }

    // An import of what was pulled does not make one think that it can't be pulled again.
    private static bool IsSame(ImageRecord known, ImageRecord named) => known.Digest == named.Digest && named.Source.Url.Length == 0;

    private ImageRecord Record(string name, ImageBlob blob, ImageOrigin origin) => new()
    {
        Name = name,
        Digest = blob.Digest,
        Format = ImageFormats.Name(blob.Format),
        SizeBytes = (ulong)blob.SizeBytes,
        VirtualSizeBytes = (ulong)blob.VirtualSizeBytes,
        CreateTime = time.GetUtcNow().ToTimestamp(),
        Source = origin.Source.Clone(),
        DefaultUser = origin.DefaultUser,
        GuestAgent = origin.GuestAgent,
        SourceVersion = origin.Version,
    };
}
