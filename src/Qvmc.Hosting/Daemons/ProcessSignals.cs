using System.Runtime.InteropServices;

namespace Qvmc.Hosting.Daemons;

/// <summary>
/// While it lives, SIGTERM, SIGINT and SIGHUP cancel <see cref="Token"/> instead of ending the process. A second
/// one ends the process at once, in case stopping hangs.
/// </summary>
public sealed class ProcessSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Takes the signals.</summary>
    public ProcessSignals()
    {
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Gives the signals back.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = !_stop.IsCancellationRequested;
        // On the pool: a callback of the token must not hold up the signal thread.
        _ = _stop.CancelAsync();
    }
}
