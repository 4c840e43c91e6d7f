using Microsoft.Extensions.Logging;
using Qvmc.Os.Files;

namespace Qvmc.Images;

// What is under partial/: "add-*" is on its way in and worth nothing after a crash; "pull-ID" and "upload-ID" can be gone
// on with; ".offset" beside them says how much of them is on the disk.
public sealed partial class ImageStore
{
    internal const string PullPrefix = "pull-";

    private const string AddPrefix = "add-", UploadPrefix = "upload-", OffsetSuffix = ".offset";

    // Nothing of a directory that is not ours to read.
    private static readonly EnumerationOptions IfAny = new() { IgnoreInaccessible = true };

    /// <summary>Where files are that are still coming.</summary>
    internal string PartialDirectory => _partial;

    /// <summary>Rests that nobody is at work on: of pulls and uploads that broke off, and of crashes. By name.</summary>
    public IReadOnlyList<PartialImage> Partials()
    {
        var found = new List<PartialImage>();
        foreach (var path in PartialFiles().Where(p => !p.EndsWith(OffsetSuffix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            try
            {
                using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                found.Add(new PartialImage(path, Path.GetFileName(path), Math.Min(RandomAccess.GetLength(file), FileSpace.Allocated(path)), File.GetLastWriteTimeUtc(file)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody is at work on it, or has just finished; or it is another user's.
            }
        }

        return found;
    }

    /// <summary>
    /// Removes what a crash left and nobody can go on with; what is still coming to another process stays, and so do
    /// rests of pulls and uploads. Returns how many files went.
    /// </summary>
    public int SweepPartial()
    {
        var swept = 0;
        foreach (var path in PartialFiles().Where(IsRubbish))
        {
            try
            {
                using (File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    File.Delete(path);
                    swept++;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Locked: it is being written. Or its writer has just renamed or deleted it. Or it is another user's.
            }
        }

        if (swept > 0)
        {
            Swept(_logger, _partial, swept);
        }

        return swept;
    }

    private string[] PartialFiles() => Directory.Exists(_partial) ? Directory.GetFiles(_partial, "*", IfAny) : [];

    // Also the word on how far a file came that was moved into the store just before a crash.
    private static bool IsRubbish(string path)
    {
        var name = Path.GetFileName(path);
        var resumable = name.StartsWith(PullPrefix, StringComparison.Ordinal) || name.StartsWith(UploadPrefix, StringComparison.Ordinal);
        return !resumable || (name.EndsWith(OffsetSuffix, StringComparison.Ordinal) && !File.Exists(path[..^OffsetSuffix.Length]));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{directory}: removed {count} unfinished images")]
    private static partial void Swept(ILogger logger, string directory, int count);
}
