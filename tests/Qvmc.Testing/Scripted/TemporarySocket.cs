namespace Qvmc.Testing;

/// <summary>A path for a Unix socket in a directory of its own, which goes when this does.</summary>
public sealed class TemporarySocket : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("qvmc-");

    /// <summary>The path; short enough for a socket.</summary>
    public string Path => System.IO.Path.Combine(_directory.FullName, "s");

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);
}
