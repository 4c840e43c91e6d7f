using Grpc.Core;
using Qvmc.Cli.Output;

namespace Qvmc.Cli.Connection;

/// <summary>
/// Decides whether a call that broke is begun again, and after which pause: for a minute, and only when the controller
/// was reached before, so that a controller that is not there is told at once.
/// </summary>
/// <param name="clock">For the pauses.</param>
/// <param name="onBroken">Told once each time the connection breaks.</param>
/// <param name="wasReached">The controller has answered already, to another call.</param>
internal sealed class Reconnection(TimeProvider clock, Action onBroken, bool wasReached = false)
{
    // Longer than a controller takes to be restarted by its supervisor.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private TimeSpan _pause = FirstPause;
    private long? _brokenSince;
    private bool _wasReached = wasReached;

    /// <summary>One that shows a break where the user sees how far his work is.</summary>
    /// <param name="clock">For the pauses.</param>
    /// <param name="display">What he sees.</param>
    /// <param name="name">Of what.</param>
    /// <param name="wasReached">The controller has answered already, to another call.</param>
    public static Reconnection Showing(TimeProvider clock, IStageDisplay display, string name, bool wasReached = false) =>
        new(clock, () => display.Show(name, "the connection to the controller broke; trying again"), wasReached);

    /// <summary>The other side got us further: the patience begins anew.</summary>
    public void Reached() => (_wasReached, _brokenSince, _pause) = (true, null, FirstPause);

    /// <summary>Whether it is worth another try.</summary>
    /// <param name="exception">How the call ended.</param>
    /// <param name="cancellationToken">The caller's; a call that he gave up did not break.</param>
    public bool Allows(RpcException exception, CancellationToken cancellationToken) =>
        ControllerConnection.IsBroken(exception) && HasPatience && !cancellationToken.IsCancellationRequested;

    /// <summary>Whether there is patience left.</summary>
    public bool HasPatience => _wasReached && !(_brokenSince is { } since && clock.GetElapsedTime(since) > Patience);

    /// <summary>Waits before the next try; each time longer.</summary>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (_brokenSince is null)
        {
            _brokenSince = clock.GetTimestamp();
            onBroken();
        }

        await Task.Delay(_pause, clock, cancellationToken);
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }
}
