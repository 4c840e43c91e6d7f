using System.Globalization;
using Qvmc.Core.Faults;

namespace Qvmc.Cli.Daemons;

/// <summary>
/// Held while <c>qvmc up</c> runs, and says what it is. A lock on a file, so that it ends with the process however that
/// ends.
/// </summary>
internal sealed class UpLock : IDisposable
{
    private const string FileName = "up.lock";
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
        var path = Path.Combine(runDirectory, FileName);
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            using var writer = new StreamWriter(file, leaveOpen: true);
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"pid {Environment.ProcessId}, on {addresses}\n"));
            return new UpLock(file);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"qvmc up is already running ({Read(path)})", inner: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string Read(string path)
    {
        // FileShare.ReadWrite takes no lock itself.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Trim();
    }
}
