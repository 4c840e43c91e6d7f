namespace Qvmc.Qemu.Consoles;

/// <summary>
/// The end of a serial console, on disk: two files, the older one dropped when the newer is full, so that between half
/// of the cap and the cap is kept whatever a guest writes.
/// </summary>
public sealed class ConsoleLog(string path, int capacityBytes) : IDisposable
{
    private readonly Lock _gate = new();
    private FileStream? _file;

    private string Older => path + ".1";

    /// <summary>Appends what the guest wrote. A full or failing disk loses it: a console never holds up a machine.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            try
            {
                _file ??= Open();
                if (_file.Length >= capacityBytes / 2)
                {
                    _file.Dispose();
                    _file = null;
                    File.Move(path, Older, overwrite: true);
                    _file = Open();
                }

                // Half of the cap at the most: nothing older would be kept anyhow.
                _file.Write(data.Length > capacityBytes / 2 ? data[^(capacityBytes / 2)..] : data);
                _file.Flush();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _file?.Dispose();
                _file = null;
            }
        }
    }

    /// <summary>At most <paramref name="maxBytes"/> from the end.</summary>
    public byte[] Tail(int maxBytes)
    {
        lock (_gate)
        {
            var newer = FileTail.Read(path, maxBytes);
            return newer.Length < maxBytes ? [.. FileTail.Read(Older, maxBytes - newer.Length), .. newer] : newer;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private FileStream Open() => new(path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });
}
