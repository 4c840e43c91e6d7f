using Microsoft.Win32.SafeHandles;
using Qvmc.Qemu.Confinement;

namespace Qvmc.Qemu.Exports;

/// <summary>
/// A file that an export is written into. Once it is written it has no name any more: whoever dies then, it is gone with
/// the last who has it open. What a crash leaves before that is swept when the daemon starts.
/// </summary>
internal sealed class ExportFile : IDisposable
{
    private const string Prefix = ".export-";

    private ExportFile(string path, SafeFileHandle handle)
    {
        (Path, Handle) = (path, handle);
    }

    /// <summary>For reading.</summary>
    internal SafeFileHandle Handle { get; }

    /// <summary>Its name, until it is taken away.</summary>
    internal string Path { get; }

    /// <summary>Makes one, empty.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="user">Who writes it; null: we ourselves.</param>
    internal static ExportFile Create(string directory, MachineUser? user)
    {
        var path = System.IO.Path.Combine(directory, Prefix + Guid.NewGuid().ToString("n"));
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        user?.Admit(directory);
        user?.Give(path);
        return new ExportFile(path, handle);
    }

    /// <summary>Takes its name away.</summary>
    internal void Unlink()
    {
        try
        {
            File.Delete(Path);
        }
        catch (DirectoryNotFoundException)
        {
            // The machine was removed meanwhile.
        }
    }

    /// <summary>Removes what a crash has left.</summary>
    internal static void Sweep(string directory)
    {
        foreach (var left in Directory.EnumerateFiles(directory, Prefix + "*"))
        {
            File.Delete(left);
        }
    }

    public void Dispose()
    {
        Handle.Dispose();
        Unlink();
    }
}
