using Microsoft.Win32.SafeHandles;
using Qvmc.Core.Faults;
using Qvmc.Os.Files;

namespace Qvmc.Cli.Output;

/// <summary>
/// A file that appears under its name when it is whole and on the disk, and not at all otherwise. Meanwhile it lies
/// beside, under another name that ends in <c>.partial</c>.
/// </summary>
internal sealed class NewFile : IDisposable
{
    private readonly string _path;
    private readonly string _partial;
    private readonly bool _replace;
    private readonly SafeFileHandle _file;
    private long _length;

    /// <summary>Begins one.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="replace">One of the name may be there and is replaced.</param>
    /// <exception cref="FaultException">There is one, or it can't be written.</exception>
    public NewFile(string path, bool replace)
    {
        if (Directory.Exists(path))
        {
            throw new FaultException(FaultCode.InvalidArgument, $"{path} is a directory: name a file");
        }

        if (!replace && File.Exists(path))
        {
            throw Present(path);
        }

        (_path, _replace) = (path, replace);
        _partial = $"{Path.GetFullPath(path)}.{Guid.NewGuid().ToString("n")[..8]}.partial";
        _file = Do(() => File.OpenHandle(_partial, FileMode.CreateNew, FileAccess.Write, FileShare.None));
    }

    /// <summary>Adds bytes. Pieces of zeros become holes.</summary>
    /// <exception cref="FaultException">It can't be written.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.ContainsAnyExcept((byte)0))
        {
            try
            {
                RandomAccess.Write(_file, bytes, _length);
            }
            catch (IOException e)
            {
                throw CannotWrite(e);
            }
        }

        _length += bytes.Length;
    }

    /// <summary>It is whole: gives it its name.</summary>
    /// <exception cref="FaultException">It can't be written, or another has the name meanwhile.</exception>
    public void Keep() => Do(() =>
    {
        RandomAccess.SetLength(_file, _length);
        RandomAccess.FlushToDisk(_file);
        if (!_replace && File.Exists(_path))
        {
            throw Present(_path);
        }

        File.Move(_partial, _path, _replace);
        DurableDirectory.Sync(Path.GetDirectoryName(_partial)!);
        return true;
    });

    /// <summary>Unless it was kept, nothing of it stays.</summary>
    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_partial);
    }

    private T Do<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(e);
        }
    }

    private FaultException CannotWrite(Exception e) => new(FaultCode.FailedPrecondition, $"can't write {_path}: {e.Message}", inner: e);

    private static FaultException Present(string path) => new(FaultCode.AlreadyExists, $"{path} is there already: name another file, or give --force");
}
