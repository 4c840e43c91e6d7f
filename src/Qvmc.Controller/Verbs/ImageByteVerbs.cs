using System.Runtime.CompilerServices;
using Google.Protobuf;
using Qvmc.Controller.Images;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Images.Catalogue;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>What is done with images' bytes: prunes, verifies and sends them.</summary>
internal sealed class ImageByteVerbs(
    ImagePrune prune, ImageReferences references, ImageViews views, ImageStore bytes, DamagedImages damaged, TimeProvider time)
{
    private const int ChunkBytes = 256 << 10;

    /// <summary>Deletes what nobody uses.</summary>
    public async Task<PruneImagesResponse> PruneAsync(PruneImagesRequest request)
    {
        var items = await prune.RunAsync(request.All, request.DryRun);
        return new PruneImagesResponse { Items = { items }, FreedBytes = items.Aggregate(0ul, (sum, i) => sum + i.FreedBytes) };
    }

    /// <summary>Reads an image through; about twice a second says how far it is, and at last the verdict.</summary>
    public async IAsyncEnumerable<VerifyImageResponse> VerifyAsync(VerifyImageRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var image = Here(request.Name).Record;
        var read = new LatestProgress();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var verifying = bytes.VerifyAsync(image.Digest, read, gone.Token);
        try
        {
            await foreach (var _ in ProgressTicks.UntilEndAsync(verifying, time, ct))
            {
                yield return new VerifyImageResponse { Progress = Progress() };
            }
        }
        finally
        {
            // Nobody listens any more, or it has ended.
            await gone.CancelAsync();
        }

        var verdict = await verifying;
        if (verdict == ImageVerdict.Damaged)
        {
            damaged.Add(image.Digest);
        }
        else
        {
            damaged.Remove(image.Digest);
        }

        yield return new VerifyImageResponse { Progress = Progress(), Verdict = verdict, Message = Remedy(verdict, image.Name, image.Source) };

        ImageProgress Progress() => new() { DoneBytes = (ulong)read.Value, TotalBytes = image.SizeBytes };
    }

    /// <summary>Sends an image's bytes, or some of them.</summary>
    public async IAsyncEnumerable<ExportImageResponse> ExportAsync(ExportImageRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var image = Here(request.Name).Record;
        await using var file = bytes.OpenRead(image.Digest);
        var size = (ulong)file.Length;
        if (request.Offset > size)
        {
            throw FaultException.Invalid([new FieldFault("offset", $"{request.Offset} is beyond the end: the image has {size} bytes")]);
        }

        yield return new ExportImageResponse { Image = views.Get(image.Name) };
        file.Position = (long)request.Offset;
        var left = request.Length == 0 ? size - request.Offset : Math.Min(request.Length, size - request.Offset);
        while (left > 0)
        {
            // A buffer for each: the message that is being sent still has the one before.
            var chunk = new byte[Math.Min(left, ChunkBytes)];
            await file.ReadExactlyAsync(chunk, ct);
            left -= (ulong)chunk.Length;
            yield return new ExportImageResponse { Chunk = UnsafeByteOperations.UnsafeWrap(chunk) };
        }
    }

    private StoredImage Here(string reference)
    {
        FaultException.ThrowIfAny(ImageReference.Check(reference) is { } fault ? [fault] : []);
        return references.Here(reference);
    }

    private static string Remedy(ImageVerdict verdict, string name, ImageSource? source)
    {
        var again = source?.Url.Length > 0
            ? "pull it again: sound bytes take the place of these"
            : "delete the image and import it again";
        return verdict switch
        {
            ImageVerdict.Damaged => $"the bytes of image {Shown.Quote(name)} have changed on the disk, and so have those of every instance that uses it: check the disk, and {again}",
            ImageVerdict.Missing => $"the file of image {Shown.Quote(name)} is gone, and no instance that uses it can start: {again}",
            ImageVerdict.Sound or ImageVerdict.Unspecified => "",
        };
    }
}
