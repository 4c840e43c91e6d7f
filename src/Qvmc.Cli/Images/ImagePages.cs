using Qvmc.Cli.Connection;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Images;

/// <summary>Lists images over all pages.</summary>
internal static class ImagePages
{
    private const uint PageSize = 500;

    /// <summary>Every image, those that are being pulled too.</summary>
    public static async Task<IReadOnlyList<Image>> AllAsync(ControllerConnection connection, CancellationToken cancellationToken)
    {
        var images = new List<Image>();
        var request = new ListImagesRequest { PageSize = PageSize };
        do
        {
            var page = await connection.Images.ListImagesAsync(request, Limits.In(Limits.Quick, cancellationToken));
            images.AddRange(page.Images);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return images;
    }
}
