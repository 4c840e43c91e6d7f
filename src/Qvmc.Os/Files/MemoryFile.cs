using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Files;

/// <summary>
/// A text that another program is to read as a file: whole, or not at all. A pipe would end early if we died while
/// writing to it, and the beginning of a text may mean something else than all of it. Nothing is left behind: it has no
/// name, and goes with us. Linux only (memfd_create(2)).
/// </summary>
public sealed class MemoryFile : IDisposable
{
    private readonly SafeFileHandle _file;

    /// <summary>Makes it.</summary>
    /// <exception cref="OsException">No memory, or no descriptor, is left.</exception>
    public MemoryFile(string text)
    {
        const uint closeOnExec = 1;
        var fd = LibC.MemFdCreate("qvmc", closeOnExec);
        if (fd < 0)
        {
            throw OsException.Last("memfd_create");
        }

        _file = new SafeFileHandle(fd, ownsHandle: true);
        RandomAccess.Write(_file, Encoding.UTF8.GetBytes(text), 0);
        Path = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{fd}");
    }

    /// <summary>Where other processes of the same user, and root's, find it.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
