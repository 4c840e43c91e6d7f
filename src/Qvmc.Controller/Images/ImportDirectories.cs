using Qvmc.Core.Faults;
using Qvmc.Core.Instances;

namespace Qvmc.Controller.Images;

/// <summary>
/// The directories whose files may be imported. A path is judged after every symbolic link in it is resolved: a link
/// that leads out is refused like any other path outside. What lies outside is never looked at for the caller.
/// </summary>
internal sealed class ImportDirectories(IEnumerable<string> directories)
{
    private const int MaxLinks = 40;

    private readonly List<string> _directories = [.. directories];

    /// <summary>Opens a file for reading, or throws a fault of the field <c>path</c>.</summary>
    public FileStream Open(string path)
    {
        if (_directories.Count == 0)
        {
            throw new FaultException(FaultCode.PermissionDenied, "importing from the controller's files is not configured (import_directories): upload the image instead");
        }

        if (!Path.IsPathFullyQualified(path) || path.Contains('\0'))
        {
            throw Fault($"{Shown.Quote(path)} is not an absolute path on the controller's host");
        }

        if (!IsBeneath(Path.GetFullPath(path), _directories) || Resolve(path) is not { } real || !IsBeneath(real, _directories.Select(d => Resolve(d) ?? d)))
        {
            throw Outside(path);
        }

        return OpenFile(path, real);
    }

    /// <summary>The path without symbolic links; null when they go round in circles. Parts that do not exist stay.</summary>
    internal static string? Resolve(string path)
    {
        var left = new Stack<string>(Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var real = "/";
        for (var links = 0; left.TryPop(out var part);)
        {
            if (part is "." or "..")
            {
                real = part == "." ? real : Path.GetDirectoryName(real) ?? "/";
                continue;
            }

            var next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                return null;
            }

            real = target.StartsWith('/') ? "/" : real;
            foreach (var piece in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                left.Push(piece);
            }
        }

        return real;
    }

    private static bool IsBeneath(string path, IEnumerable<string> directories) =>
        directories.Any(d => path.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(d)) + "/", StringComparison.Ordinal));

    private static FileStream OpenFile(string path, string real)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(real, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);

            // Somebody may have put a link in the way since. Linux tells what really was opened.
            var opened = OperatingSystem.IsLinux() ? new FileInfo($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}").LinkTarget : real;
            if (opened != real)
            {
                throw Fault($"{Shown.Quote(path)} was changed while it was being opened: try again");
            }

            return file;
        }
        catch (Exception e)
        {
            file?.Dispose();
            throw e switch
            {
                FileNotFoundException or DirectoryNotFoundException => Fault($"{Shown.Quote(path)} does not exist on the controller's host"),
                UnauthorizedAccessException => Fault($"{Shown.Quote(path)} can't be read by the controller: it is a directory, or its permissions do not allow it"),
                IOException io => Fault($"{Shown.Quote(path)} can't be read: {io.Message}"),
                _ => e,
            };
        }
    }

    private FaultException Outside(string path) =>
        Fault($"{Shown.Quote(path)} does not lie in a directory that may be imported from: {Shown.Some(_directories)}");

    private static FaultException Fault(string message) => FaultException.Invalid([new FieldFault("path", message)]);
}
