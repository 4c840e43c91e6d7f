using Qvmc.Core.Faults;
using Qvmc.Images;

namespace Qvmc.Controller.Uploads;

/// <summary>The bytes of uploads, in files of the image store's own file system.</summary>
internal sealed class UploadFiles(string imageDirectory)
{
    /// <summary>What the name of an upload's file begins with; its id follows.</summary>
    public const string Prefix = "upload-";

    private readonly string _directory = Path.Combine(imageDirectory, "partial");

    /// <summary>Opens an upload's file, or makes it.</summary>
    public PartialFile Open(string id)
    {
        Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return PartialFile.Open(PathOf(id));
    }

    /// <summary>How many bytes are here for good.</summary>
    public long Measure(string id)
    {
        if (!File.Exists(PathOf(id)))
        {
            return 0;
        }

        var file = Open(id);
        var length = file.Length;
        file.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return length;
    }

    /// <summary>Deletes an upload's file.</summary>
    public Task DeleteAsync(string id) => DeleteFileAsync(PathOf(id));

    /// <summary>Deletes a partial file that nobody is at work on.</summary>
    public static async Task DeleteFileAsync(string path)
    {
        if (File.Exists(path))
        {
            await using var file = PartialFile.Open(path);
            file.Delete();
        }
    }

    private string PathOf(string id) => id.Length > 0 && id.All(char.IsAsciiLetterOrDigit)
        ? Path.Combine(_directory, Prefix + id)
        : throw new FaultException(FaultCode.NotFound, "there is no such upload");
}
