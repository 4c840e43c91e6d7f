using System.Threading.RateLimiting;
using Qvmc.Core.Faults;

namespace Qvmc.Controller.Limits;

/// <summary>How fast launches may come. A request that launched before, and one that is refused anyway, costs nothing.</summary>
internal sealed class LaunchRate : IDisposable
{
    private readonly TokenBucketRateLimiter _limiter;
    private readonly LaunchBounds _bounds;

    public LaunchRate(LaunchBounds bounds)
    {
        _bounds = bounds;

        // Refilled ten times a second, so that a client that is put off comes again soon; slow rates less often.
        var perPeriod = Math.Max(1, bounds.PerSecond / 10);
        _limiter = new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = bounds.Burst,
            TokensPerPeriod = perPeriod,
            ReplenishmentPeriod = TimeSpan.FromSeconds(perPeriod / (double)bounds.PerSecond),
            QueueLimit = 0,

            // Worked out when somebody comes: a timer would wake an idle daemon as often.
            AutoReplenishment = false,
        });
    }

    /// <summary>Takes one.</summary>
    /// <exception cref="FaultException">RESOURCE_EXHAUSTED, with the time after which one more may be taken.</exception>
    public void Take()
    {
        _limiter.TryReplenish();
        using var lease = _limiter.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            var after = lease.TryGetMetadata(MetadataName.RetryAfter, out var told) ? told : TimeSpan.FromSeconds(1);
            throw new FaultException(
                FaultCode.ResourceExhausted,
                $"launches come faster than {_bounds.PerSecond} in a second, after {_bounds.Burst} at once: try again in a moment, or raise launch_limits of the controller")
            {
                RetryAfter = after,
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}
