using Microsoft.Extensions.Logging;
using Qvmc.Images.Catalogue;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller.Images;

/// <summary>
/// The catalogue that the controller goes by: the built-in one, and after it the operator's, in the order of the
/// configuration. What can't be read is left out with a warning; it keeps nothing from working.
/// </summary>
internal sealed partial class CatalogueSource
{
    private const string CopyDirectory = "catalogs";

    private readonly Lock _lock = new();
    private readonly IReadOnlyList<ICatalogueOrigin> _origins;
    private readonly NamedCatalogue? _builtIn;
    private readonly ILogger _log;
    private CatalogueReading[] _readings = [];
    private ImageCatalogue? _current;

    public CatalogueSource(ControllerSettings settings, ILogger<CatalogueSource> log)
    {
        _log = log;
        _builtIn = settings.NoBuiltinCatalog ? null : CatalogueText.BuiltIn();
        var copies = Path.Combine(settings.StateDirectory, CopyDirectory);
        _origins = [.. settings.Catalogs.Select(place => Path.IsPathFullyQualified(place)
            ? (ICatalogueOrigin)new CatalogueFile(place)
            : new RemoteCatalogue(new Uri(place), copies))];
    }

    /// <summary>Those that must be fetched from time to time.</summary>
    public IEnumerable<RemoteCatalogue> Remote => _origins.OfType<RemoteCatalogue>();

    /// <summary>The catalogue as it is now. It does not change; ask again for a newer one.</summary>
    public ImageCatalogue Current => Look().Catalogue;

    /// <summary>Catalogues that could not be read, and why.</summary>
    public IReadOnlyList<string> Warnings => Look().Warnings;

    private (ImageCatalogue Catalogue, IReadOnlyList<string> Warnings) Look()
    {
        lock (_lock)
        {
            var readings = _origins.Select(origin => origin.Read()).ToArray();
            if (_current is null || !readings.AsSpan().SequenceEqual(_readings))
            {
                var known = _readings.Select(reading => reading.Warning).ToHashSet();
                foreach (var reading in readings.Where(reading => reading is { Warning.Length: > 0, IsPending: false } && !known.Contains(reading.Warning)))
                {
                    Trouble(reading.Warning);
                }

                IEnumerable<NamedCatalogue?> all = [_builtIn, .. readings.Select(reading => reading.Catalogue)];
                _current = new ImageCatalogue([.. all.OfType<NamedCatalogue>()]);
                _readings = readings;
            }

            return (_current, [.. _readings.Select(reading => reading.Warning).Where(warning => warning.Length > 0)]);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    private partial void Trouble(string warning);
}
