using Qvmc.Core.Faults;

namespace Qvmc.Qemu;

/// <summary>Keeps a second daemon off the same state directory: two masters of one machine would undo each other's work.</summary>
internal sealed class StateLock : IDisposable
{
    private readonly FileStream _file;

    private StateLock(FileStream file)
    {
        _file = file;
    }

    /// <summary>Takes it (flock(2): gone with the process, however it ends).</summary>
    /// <exception cref="FaultException">Another daemon has it.</exception>
    internal static StateLock Take(string directory)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            return new StateLock(new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"another \"qvmc qemu\" uses {directory}: stop it, or configure another state_directory", inner: e);
        }
    }

    public void Dispose() => _file.Dispose();
}
