using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Qvmc.Images.Fetching;

/// <summary>
/// Tries a source again and again: after delays that double, with a random part so that many do not come back at once, and
/// as long as each of so many attempts brings something new.
/// </summary>
internal sealed partial class Attempts(ImageFetcherOptions options, TimeProvider time, FetchMeter meter, ILogger logger)
{
    /// <summary>Runs <paramref name="attempt"/> until it succeeds.</summary>
    /// <param name="url">The source.</param>
    /// <param name="attempt">Asks it once.</param>
    /// <param name="reached">How many bytes there ever were: whether an attempt brought something.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="SourceException">It is of no use to try it any longer.</exception>
    internal async Task RunAsync(Uri url, Func<Task> attempt, Func<long> reached, CancellationToken ct)
    {
        for (var failures = 0; ;)
        {
            var before = reached();
            try
            {
                await attempt();
                return;
            }
            catch (SourceException e) when (!e.Final)
            {
                failures = reached() > before ? 0 : failures + 1;
                if (failures >= options.Attempts)
                {
                    throw new SourceException($"{e.Message} ({failures} attempts)", e) { Code = e.Code, Final = true };
                }

                var delay = e.RetryAfter is { } asked ? Bounded(asked) : Backoff(failures);
                var seconds = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                meter.Trouble($"{SourceTrouble.Name(url)} {e.Message}; next attempt in {seconds} s");
                Failed(logger, SourceTrouble.Show(url), e.Message, delay.TotalSeconds);
                await Task.Delay(delay, time, ct);
            }
        }
    }

    private TimeSpan Bounded(TimeSpan asked) =>
        asked > options.LongestRetryAfter ? options.LongestRetryAfter : asked > options.FirstDelay ? asked : options.FirstDelay;

    private TimeSpan Backoff(int failures)
    {
        var doubled = options.FirstDelay * Math.Pow(2, Math.Max(0, failures - 1));
        return (doubled < options.LongestDelay ? doubled : options.LongestDelay) * (0.75 + (Random.Shared.NextDouble() / 4));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{url} {what}; next attempt in {seconds} s")]
    private static partial void Failed(ILogger logger, string url, string what, double seconds);
}
