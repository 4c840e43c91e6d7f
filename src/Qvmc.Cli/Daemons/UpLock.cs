using System.Globalization;
using Qvmc.Core.Faults;

namespace Qvmc.Cli.Daemons;

/// <summary>
/// Held while <c>qvmc up</c> runs, and says what it is. A lock on a file, so that it ends with the process however that
/// ends.
/// </summary>
internal sealed class UpLock : IDisposable
{
    private const string LockName = "up.lock";

    // Beside the lock, not in it: a locked file can't be read by others.
    private const string NoteName = "up.note";

    private readonly FileStream _file;

    private UpLock(FileStream file)
    {
        _file = file;
    }

    /// <summary>Takes the lock.</summary>
    /// <param name="runDirectory">Where it lies.</param>
    /// <param name="addresses">What to tell who finds it held.</param>
    /// <exception cref="FaultException">FAILED_PRECONDITION: another one runs; the message says which and where.</exception>
    public static UpLock Take(string runDirectory, string addresses)
    {
        var path = Path.Combine(runDirectory, LockName);
        var note = Path.Combine(runDirectory, NoteName);
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(note, string.Create(CultureInfo.InvariantCulture, $"pid {Environment.ProcessId}, on {addresses}"));
            return new UpLock(file);
        }
        catch (IOException e) when (File.Exists(path) && File.Exists(note))
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"qvmc up is already running ({File.ReadAllText(note)})", inner: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
