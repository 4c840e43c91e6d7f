using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Records;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Protos.Record.V1;
using Qvmc.Store;

namespace Qvmc.Controller.Images;

/// <summary>
/// Adds and deletes images. A name is stored when its bytes are complete; bytes go when no name and no instance has
/// their digest, and then only while none are being added, for those may turn out to be the same.
/// </summary>
internal sealed partial class ImageKeeper(
    IStore store, ImageStore bytes, ImageCatalog catalog, ImageUse use, TimeProvider time, ILogger<ImageKeeper> log)
{
    private readonly HashSet<string> _unnamed = [];
    private int _adding;

    /// <summary>Adds an image. The same name with the same bytes is no error.</summary>
    public async Task<ImageRecord> AddAsync(string name, Stream source, ImageExpectation expectation, CancellationToken ct)
    {
        lock (catalog.Gate)
        {
            _adding++;
        }

        ImageBlob? blob = null;
        try
        {
            blob = await bytes.AddAsync(source, expectation, ct);
            return await NameAsync(name, blob);
        }
        finally
        {
            lock (catalog.Gate)
            {
                _adding--;
                Sweep(blob?.Digest);
            }
        }
    }

    /// <summary>Deletes an image that nobody uses.</summary>
    public async Task DeleteAsync(string name)
    {
        CatalogImage image;
        lock (catalog.Gate)
        {
            image = catalog.Find(name) ?? throw Missing(name);
            var users = use.Users(image.Record.Digest);
            if (users.Count > 0)
            {
                throw new FaultException(FaultCode.FailedPrecondition, $"image {Shown.Quote(name)} is used by {Shown.Some(users)}: delete {(users.Count == 1 ? "it" : "them")} first");
            }

            // From here on no launch finds it.
            catalog.Remove(name);
        }

        try
        {
            await store.DeleteAsync(RecordKeys.Image(name), image.Revision, CancellationToken.None);
        }
        catch
        {
            catalog.Load(image.Record, image.Revision);
            throw;
        }

        lock (catalog.Gate)
        {
            Sweep(image.Record.Digest);
        }
    }

    public static FaultException Missing(string name) => new(FaultCode.NotFound, $"there is no image {Shown.Quote(name)}");

    private async Task<ImageRecord> NameAsync(string name, ImageBlob blob)
    {
        var record = new ImageRecord
        {
            Name = name,
            Digest = blob.Digest,
            Format = ImageFormats.Name(blob.Format),
            SizeBytes = (ulong)blob.SizeBytes,
            VirtualSizeBytes = (ulong)blob.VirtualSizeBytes,
            CreateTime = time.GetUtcNow().ToTimestamp(),
        };
        if (await store.PutAsync(RecordKeys.Image(name), record.ToByteArray(), 0, CancellationToken.None) is { } entry)
        {
            return catalog.Load(record, entry.Revision).Record;
        }

        var there = await store.GetAsync(RecordKeys.Image(name), CancellationToken.None);
        var known = there is null ? null : ImageRecord.Parser.ParseFrom(there.Value.Span);
        return known?.Digest == blob.Digest
            ? known
            : throw new FaultException(
                FaultCode.AlreadyExists,
                $"there is an image {Shown.Quote(name)} already, with other bytes ({known?.Digest ?? "deleted just now"}, these are {blob.Digest}): choose another name, or delete it first");
    }

    // The caller holds the gate, and so nobody begins to add, to launch or to name anything meanwhile.
    private void Sweep(string? digest)
    {
        if (digest is not null)
        {
            _unnamed.Add(digest);
        }

        if (_adding > 0)
        {
            return;
        }

        foreach (var unnamed in _unnamed.Where(d => !catalog.HasDigest(d) && use.Users(d).Count == 0))
        {
            try
            {
                bytes.Delete(unnamed);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                NotDeleted(e, unnamed);
            }
        }

        _unnamed.Clear();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "image bytes {Digest} could not be deleted")]
    private partial void NotDeleted(Exception e, string digest);
}
