using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Qvmc.Images.Catalogue;

namespace Qvmc.Controller.Images;

/// <summary>Fetches catalogues that URLs serve: when the controller starts, each day, and sooner after a failure.</summary>
internal sealed partial class CatalogueRefresh(CatalogueSource source, TimeProvider time, ILogger<CatalogueRefresh> log) : BackgroundService
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Says at the start what is wrong with the files.
        _ = source.Current;
        using var client = RemoteCatalogue.NewClient();
        await Task.WhenAll(source.Remote.Select(catalogue => FollowAsync(client, catalogue, stoppingToken)));
    }

    private async Task FollowAsync(HttpClient client, RemoteCatalogue catalogue, CancellationToken ct)
    {
        var pause = FirstPause;
        while (true)
        {
            var isWell = await catalogue.RefreshAsync(client, ct);

            // Logs what is new in it.
            _ = source.Current;
            if (isWell)
            {
                Fetched(catalogue.Url);
                pause = FirstPause;
                await Task.Delay(Day, time, ct);
                continue;
            }

            await Task.Delay(pause, time, ct);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "the catalogue {Url} is up to date")]
    private partial void Fetched(Uri url);
}
