using Qvmc.Core.Faults;
using Qvmc.Images.Iso;
using Qvmc.Images.Tools;

namespace Qvmc.Images;

/// <summary>The CD that cloud-init's datasource NoCloud looks for: by its volume name, "cidata".</summary>
public static class SeedVolume
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// Writes it with mode 0600, for user-data holds secrets. It appears under its name when it is whole; one that was
    /// there is replaced. The same content makes the same bytes. It is not flushed to the disk: a start makes it anew.
    /// </summary>
    /// <exception cref="FaultException">There is no room (RESOURCE_EXHAUSTED).</exception>
    public static async Task WriteAsync(string path, SeedContent content, CancellationToken ct)
    {
        var volume = IsoVolume.Build("cidata", SeedFiles.Of(content));
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var partial = path + ".partial";
        File.Delete(partial);
        try
        {
            await using (var file = new FileStream(partial, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
                UnixCreateMode = OwnerOnly,
            }))
            {
                await file.WriteAsync(volume, ct);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (IOException e) when (Disk.IsFull(e))
        {
            throw Disk.Full("the cloud-init seed", directory, volume.Length, e);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
