using Qvmc.Core.Faults;

namespace Qvmc.Images.Catalogue;

/// <summary>An operator's catalogue in a file. It is read again when the file has changed, so nobody needs to restart anything.</summary>
/// <param name="path">Absolute.</param>
public sealed class CatalogueFile(string path) : ICatalogueOrigin
{
    private readonly Lock _lock = new();
    private (DateTime Written, long Bytes)? _stamp;
    private CatalogueReading _reading = CatalogueReading.None;

    /// <inheritdoc/>
    public CatalogueReading Read()
    {
        lock (_lock)
        {
            var stamp = Stamp();
            if (stamp is null || stamp != _stamp)
            {
                Update(ReadNow(stamp));
                _stamp = stamp;
            }

            return _reading;
        }
    }

    private void Update(CatalogueReading reading)
    {
        // The same trouble again is no news.
        if (reading.Warning.Length == 0 || reading.Warning != _reading.Warning)
        {
            _reading = reading;
        }
    }

    private (DateTime Written, long Bytes)? Stamp()
    {
        try
        {
            return new FileInfo(path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private CatalogueReading ReadNow((DateTime Written, long Bytes)? stamp)
    {
        if (stamp?.Bytes > CatalogueText.MaxBytes)
        {
            return _reading.With(path, $"has {stamp.Value.Bytes} bytes, and at most {CatalogueText.MaxBytes} are read");
        }

        try
        {
            return new CatalogueReading(CatalogueText.Read(path, File.ReadAllBytes(path)), "");
        }
        catch (FaultException fault)
        {
            return _reading.With(path, CatalogueReading.Faults(fault));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return _reading.With(path, "is not there");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return _reading.With(path, $"can't be read: {e.Message}");
        }
    }
}
