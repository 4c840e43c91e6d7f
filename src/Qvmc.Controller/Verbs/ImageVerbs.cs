using Grpc.Core;
using Qvmc.Controller.Images;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Imports, uploads, lists and deletes images.</summary>
internal sealed class ImageVerbs(ImageKeeper keeper, ImageCatalog catalog, ImageUse use, ImportDirectories imports)
{
    /// <summary>Takes an image from a file of the controller's host.</summary>
    public async Task<ImportImageResponse> ImportAsync(ImportImageRequest request, CancellationToken ct)
    {
        FaultException.ThrowIfAny([.. Check(request.Name, request.Format, request.Digest)]);
        await using var file = imports.Open(request.Path);
        var record = await keeper.AddAsync(request.Name, file, new ImageExpectation(request.Format, request.Digest), ct);
        return new ImportImageResponse { Image = View(record) };
    }

    /// <summary>Takes an image from the client.</summary>
    public async Task<UploadImageResponse> UploadAsync(IAsyncStreamReader<UploadImageRequest> requests, CancellationToken ct)
    {
        var header = await requests.MoveNext(ct) ? requests.Current.Header : null;
        if (header is null)
        {
            throw FaultException.Invalid([new FieldFault("header", "is missing: the first message says what is coming")]);
        }

        FaultException.ThrowIfAny([.. Check(header.Name, header.Format, header.Digest)]);
        await using var bytes = new UploadStream(requests);
        var expectation = new ImageExpectation(header.Format, header.Digest, header.SizeBytes == 0 ? null : (long)Math.Min(header.SizeBytes, long.MaxValue));
        return new UploadImageResponse { Image = View(await keeper.AddAsync(header.Name, bytes, expectation, ct)) };
    }

    /// <summary>A page of images.</summary>
    public ListImagesResponse List(ListImagesRequest request)
    {
        FaultException.ThrowIfAny([.. Paging.Check(request.PageSize, request.PageToken, ImageName.Is)]);
        var rest = catalog.All.Values.Where(i => string.CompareOrdinal(i.Record.Name, request.PageToken) > 0).Take(Paging.Size(request.PageSize) + 1).ToList();
        var page = rest.Take(Paging.Size(request.PageSize)).Select(i => View(i.Record)).ToList();
        return new ListImagesResponse { Images = { page }, NextPageToken = rest.Count > page.Count ? page[^1].Name : "" };
    }

    /// <summary>One image.</summary>
    public GetImageResponse Get(GetImageRequest request)
    {
        FaultException.ThrowIfAny(ImageName.Check(request.Name) is { } fault ? [fault] : []);
        return new GetImageResponse { Image = View((catalog.Find(request.Name) ?? throw ImageKeeper.Missing(request.Name)).Record) };
    }

    /// <summary>Deletes an image that nobody uses.</summary>
    public async Task<DeleteImageResponse> DeleteAsync(DeleteImageRequest request)
    {
        FaultException.ThrowIfAny(ImageName.Check(request.Name) is { } fault ? [fault] : []);
        await keeper.DeleteAsync(request.Name);
        return new DeleteImageResponse();
    }

    private static IEnumerable<FieldFault> Check(string name, ImageFormat format, string digest)
    {
        if (ImageName.Check(name) is { } fault)
        {
            yield return fault;
        }

        if (!Enum.IsDefined(format))
        {
            yield return new FieldFault("format", $"{(int)format} is not known: use QCOW2 or RAW, or leave it out");
        }

        if (digest.Length > 0 && !ImageDigest.TryParse(digest, out _))
        {
            yield return new FieldFault("digest", $"{Shown.Quote(digest)} is not a digest: write \"sha256:\" and 64 of 0-9 and a-f");
        }
    }

    private Image View(ImageRecord record) => new()
    {
        Name = record.Name,
        Digest = record.Digest,
        Format = ImageFormats.Parse(record.Format),
        SizeBytes = record.SizeBytes,
        VirtualSizeBytes = record.VirtualSizeBytes,
        CreateTime = record.CreateTime,
        UsedBy = { use.Users(record.Digest) },
    };
}
