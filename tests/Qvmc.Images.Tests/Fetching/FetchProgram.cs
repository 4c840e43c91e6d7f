using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>
/// Fetches an image: dotnet exec Qvmc.Images.Tests.dll fetch DIRECTORY URL [CHECKSUM]
/// Prints the digest, or the fault.
/// </summary>
internal static class FetchProgram
{
    internal static async Task RunAsync(string directory, Uri url, Checksum? checksum)
    {
        using var images = new ImageFetcher(new ImageStore(directory, new QemuImg(), NullLogger.Instance), Fetcher.Hasty with { RecordEvery = TimeSpan.Zero }, TimeProvider.System, NullLogger.Instance);
        try
        {
            var result = await images.FetchAsync(new ImageFetch("1", [url], checksum, null, ImageFormat.Unspecified, null), new Progress<FetchProgress>(), CancellationToken.None);
            Console.WriteLine(result.Blob!.Digest);
        }
        catch (FaultException e)
        {
            Console.WriteLine($"{e.Code} {e.Message}");
        }
    }
}
