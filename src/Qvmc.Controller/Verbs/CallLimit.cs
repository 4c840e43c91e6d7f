using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Qvmc.Core.Faults;

namespace Qvmc.Controller.Verbs;

/// <summary>How long a call may wait: its own limit, its deadline, its client's patience and the daemon's life.</summary>
internal sealed class CallLimit : IDisposable
{
    // What an answer needs to arrive before the client's deadline does.
    private static readonly TimeSpan AnswerMargin = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _any;
    private readonly CancellationToken _gone;
    private readonly CancellationToken _stopping;

    public CallLimit(TimeSpan wanted, ServerCallContext call, IHostApplicationLifetime lifetime, TimeProvider time)
    {
        var deadline = call.Deadline == DateTime.MaxValue ? TimeSpan.MaxValue : call.Deadline - DateTime.UtcNow - AnswerMargin;
        Length = deadline < wanted ? (deadline > TimeSpan.Zero ? deadline : TimeSpan.Zero) : wanted;
        (_gone, _stopping) = (call.CancellationToken, lifetime.ApplicationStopping);
        _time = new CancellationTokenSource(Length, time);
        _any = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, _gone, _stopping);
    }

    /// <summary>How long that is.</summary>
    public TimeSpan Length { get; }

    /// <summary>Ends the wait.</summary>
    public CancellationToken Token => _any.Token;

    /// <summary>Throws unless it was the time that ran out.</summary>
    public void ThrowUnlessTime()
    {
        _gone.ThrowIfCancellationRequested();
        if (_stopping.IsCancellationRequested)
        {
            throw new FaultException(FaultCode.Unavailable, "the controller is being stopped; what was asked for is stored and goes on: ask again when it is back");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _any.Dispose();
        _time.Dispose();
    }
}
