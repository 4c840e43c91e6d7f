using Qvmc.Core.Faults;

namespace Qvmc.Images.Fetching;

/// <summary>Files by file URLs, as far as the owner of the fetcher lets anybody at them.</summary>
internal static class LocalSource
{
    /// <summary>Opens the file.</summary>
    /// <exception cref="SourceException">It is not to be had.</exception>
    internal static Stream Open(Uri url, ImageFetcherOptions options)
    {
        if (options.OpenFile is null)
        {
            throw Refused("is a file of this host's, and those are not allowed: import or upload the image instead", FaultCode.PermissionDenied);
        }

        if (url.Host is not ("" or "localhost"))
        {
            throw Refused("is a file of another host's: of this one it would be file:///PATH", FaultCode.InvalidArgument);
        }

        try
        {
            return options.OpenFile(Uri.UnescapeDataString(url.AbsolutePath));
        }
        catch (FaultException e)
        {
            throw Refused($"can't be opened: {e.Message}", e.Code);
        }
    }

    private static SourceException Refused(string why, FaultCode code) => new(why) { Final = true, Code = code };
}
