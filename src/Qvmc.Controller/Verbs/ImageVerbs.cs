using Qvmc.Controller.Images;
using Qvmc.Controller.Pulls;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Lists, follows and deletes images.</summary>
internal sealed class ImageVerbs(ImageKeeper keeper, ImagePulls pulls, ImageTable images, ImageViews views, ImageWatch watch)
{
    /// <summary>A page of images.</summary>
    public ListImagesResponse List(ListImagesRequest request)
    {
        FaultException.ThrowIfAny([.. Paging.Check(request.PageSize, request.PageToken, ImageName.Is)]);
        var size = Paging.Size(request.PageSize);
        var rest = views.After(request.PageToken).Take(size + 1).ToList();
        return new ListImagesResponse { Images = { rest.Take(size) }, NextPageToken = rest.Count > size ? rest[size - 1].Name : "" };
    }

    /// <summary>One image.</summary>
    public GetImageResponse Get(GetImageRequest request)
    {
        CheckName(request.Name);
        return new GetImageResponse { Image = views.Get(request.Name) };
    }

    /// <summary>Every image, then each change.</summary>
    public IAsyncEnumerable<WatchImagesResponse> WatchAsync(WatchImagesRequest request, CancellationToken ct)
    {
        if (request.Name.Length > 0)
        {
            CheckName(request.Name);
        }

        return watch.ReadAsync(request, ct);
    }

    /// <summary>Deletes an image, and cancels its pull.</summary>
    public async Task<DeleteImageResponse> DeleteAsync(DeleteImageRequest request)
    {
        CheckName(request.Name);
        var entry = images.FindEntry(request.Name) ?? throw ImageViews.Missing(request.Name);
        if (entry.Stored is not null)
        {
            keeper.CheckDeletable(request.Name);
        }

        if (entry.Pull is not null)
        {
            await pulls.CancelAsync(request.Name);
        }

        // A pull may have ended well just before it was cancelled.
        if (entry.Stored is not null || images.Find(request.Name) is not null)
        {
            await keeper.DeleteAsync(request.Name);
        }

        return new DeleteImageResponse();
    }

    private static void CheckName(string name) => FaultException.ThrowIfAny(ImageName.Check(name) is { } fault ? [fault] : []);
}
