using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Controller.Nodes;

/// <summary>
/// Calls that people wait for. While one does, the next attempt to reach the host is not put off; and a host that was
/// lost a moment ago, whose daemon may be about to be back, is waited for.
/// </summary>
internal sealed partial class NodeSession
{
    /// <summary>A daemon that is restarted is back within this. A host that was away for longer is tried once.</summary>
    public static readonly TimeSpan RestartLimit = TimeSpan.FromSeconds(10);

    // Between attempts that somebody waits for.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    // A daemon on this host that was there a moment ago is seen to be back as soon as it listens.
    private static readonly TimeSpan KnockEvery = TimeSpan.FromMilliseconds(10), KnockFor = TimeSpan.FromSeconds(5);

    private readonly Lock _attempts = new();

    // Completed by the next change of the link, and by a call that comes while there is none.
    private TaskCompletionSource _outcome = NewSignal(), _called = NewSignal();
    private long _begun, _known;
    private int _callers;

    /// <summary>Makes a call as soon as the host can be reached; made again is only one that surely never left.</summary>
    /// <param name="call">The call.</param>
    /// <param name="patience">Ends the wait for the host, and not the call.</param>
    /// <exception cref="FaultException">UNAVAILABLE: it can't be reached.</exception>
    public async Task<T> CallAsync<T>(Func<QemuService.QemuServiceClient, AsyncUnaryCall<T>> call, CancellationToken patience)
    {
        for (var broken = 0L; ;)
        {
            var attempt = await ReachAsync(broken, patience);
            try
            {
                return await call(Client);
            }
            catch (RpcException e) when (attempt > broken && NeverLeft(e))
            {
                broken = attempt;
            }
        }
    }

    /// <summary>Waits until the host can be reached.</summary>
    /// <param name="patience">Ends the wait.</param>
    /// <exception cref="FaultException">UNAVAILABLE: it can't be.</exception>
    public Task ReachAsync(CancellationToken patience) => ReachAsync(broken: 0, patience);

    /// <summary>Tries once to reach a host that can't be; returns how the link is then, or after <paramref name="limit"/>.</summary>
    public async Task<HostLink> TryReachAsync(TimeSpan limit, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(limit);
        await WaitAsync(broken: 0, TimeSpan.Zero, patience.Token);
        return _table.Link(Name);
    }

    // The number of the attempt whose link stands. One that is known to be broken will not do, though nobody may have
    // noticed yet.
    private async Task<long> ReachAsync(long broken, CancellationToken patience)
    {
        var attempt = await WaitAsync(broken, RestartLimit, patience);
        var link = _table.Link(Name);
        return link.Reachable ? attempt : throw new FaultException(FaultCode.Unavailable, link.Message);
    }

    private async Task<long> WaitAsync(long broken, TimeSpan grace, CancellationToken patience)
    {
        long own;
        lock (_attempts)
        {
            own = _begun + 1;
            _callers++;
            _called.TrySetResult();
        }

        try
        {
            while (true)
            {
                var (outcome, attempt, known) = Look();
                var link = _table.Link(Name);
                if (link.Reachable && attempt > broken)
                {
                    return attempt;
                }

                if (patience.IsCancellationRequested
                    || (!link.Reachable && known >= own && _time.GetUtcNow() - link.Since.ToDateTimeOffset() > grace))
                {
                    return broken;
                }

                await outcome.WaitAsync(patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            lock (_attempts)
            {
                _callers--;
            }
        }
    }

    private (Task Outcome, long Attempt, long Known) Look()
    {
        lock (_attempts)
        {
            return (_outcome.Task, _begun, _known);
        }
    }

    private void BeginAttempt()
    {
        lock (_attempts)
        {
            _begun++;
            _called = NewSignal();
        }
    }

    // After the table was told.
    private void TellCallers()
    {
        TaskCompletionSource outcome;
        lock (_attempts)
        {
            _known = _begun;
            (outcome, _outcome) = (_outcome, NewSignal());
        }

        outcome.SetResult();
        _firstAttempt.TrySetResult();
    }

    // Until the next attempt is due, or wanted, or has somebody to answer it.
    private async Task PauseAsync(int failures, CancellationToken ct)
    {
        Task called;
        TimeSpan delay;
        lock (_attempts)
        {
            called = _called.Task;
            delay = _callers > 0 ? Pace : Backoff.Delay(failures, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5));
        }

        var due = called.WaitAsync(delay, _time, ct);
        while (_isClosed && !due.IsCompleted && _time.GetUtcNow() - _table.Link(Name).Since.ToDateTimeOffset() < KnockFor)
        {
            if (_door!.Knock() is null)
            {
                return;
            }

            await Task.WhenAny(due, Task.Delay(KnockEvery, _time, CancellationToken.None));
        }

        await due.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static bool NeverLeft(RpcException e) => e.Status.DebugException is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
    };

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
