using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Qemu.Changes;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Machines;

// Changes of disks, CDs and interfaces while the machine runs: one step at a time, each on record when it is taken.
internal sealed partial class MachineActor
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    // Steps that failed: why, and whether it is time to try again.
    private readonly Dictionary<LiveStep, (string Why, bool Due)> _troubles = [];
    private CancellationTokenSource? _changing;
    private Task _change = Task.CompletedTask;
    private ITimer? _retry;
    private uint _observed;

    private LiveStep? NextChange() => _session is null || _record.Removing
        ? null
        : Steps().FirstOrDefault(s => !_troubles.TryGetValue(s, out var trouble) || trouble.Due);

    private IReadOnlyList<LiveStep> Steps() => [.. LivePlan.Steps(_record.Run, _record.Order), .. NicPlan.Steps(_record, _host.Networks)];

    private IReadOnlyList<string> ChangeTroubles() =>
        [.. Steps().Where(_troubles.ContainsKey).Select(s => $"{s.What} failed: {_troubles[s].Why}")];

    // An order has reached the machine when what can change while it runs has changed, or failed to.
    private uint ObservedGeneration()
    {
        var changes = _doing is Doing.Nothing or Doing.Changing && _record.Order.Boot == _record.Run?.Boot && NextChange() is not null;
        _observed = changes ? (_observed > 0 ? _observed : _record.Run!.Generation) : _record.Order.Generation;
        return _observed;
    }

    private void BeginChange(LiveStep step)
    {
        _doing = Doing.Changing;
        _changing = new CancellationTokenSource();
        if (NicPlan.Begin(_record.Run, step))
        {
            Save();
        }

        // What it needs of the record, which changes meanwhile.
        var nics = new NicChange(_session!, _host.Networks, MachineNic.OfRun(_host.Networks, _record), _record.NicLayout, _host.Time);
        _change = ChangeAsync(_session!, step, nics, _changing.Token);
    }

    private async Task ChangeAsync(MachineSession session, LiveStep step, NicChange nics, CancellationToken ct)
    {
        await Task.Yield();
        try
        {
            // Broken off, it ends at once: what is left of it need not be waited for; but nobody else may touch the host's
            // end of an interface before.
            var change = new LiveChange(session, _paths, new DiskStep(_host.QemuImg, _paths, _host.User), _host.Images, nics, _host.Time).RunAsync(step, ct);
            await (step.IsOfNetworks ? change : change.WaitAsync(ct));
            Post(new MachineMessage.Changed(session, step, Made: true, null));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Post(new MachineMessage.Changed(session, step, Made: false, null));
        }
        catch (FaultException e)
        {
            Post(new MachineMessage.Changed(session, step, Made: false, e));
        }
        catch (Exception e)
        {
            LogDefect(Uid, nameof(LiveChange), e);
            Post(new MachineMessage.Changed(session, step, Made: false, new FaultException(FaultCode.Internal, e.Message, inner: e)));
        }
    }

    private void OnChanged(MachineMessage.Changed m)
    {
        _doing = Doing.Nothing;
        _changing?.Dispose();
        _changing = null;
        RemoveDisks();
        if (m.Session != _session)
        {
            // Its run has ended meanwhile; the next start begins with what is wanted then.
            return;
        }

        if (m.Made)
        {
            LivePlan.Note(_record.Run, m.Step);
            _troubles.Remove(m.Step);
            Save();
            LogChanged(Uid, m.Step.What);
        }
        else if (m.Fault is { } fault)
        {
            _troubles[m.Step] = (fault.Message, Due: false);
            _retry ??= _host.Time.CreateTimer(_ => Post(new MachineMessage.ChangesDue()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _retry.Change(RetryAfter, Timeout.InfiniteTimeSpan);
            LogChangeFailed(Uid, m.Step.What, fault.Message);
        }
    }

    private void RetryChanges()
    {
        foreach (var (step, trouble) in _troubles.ToList())
        {
            _troubles[step] = trouble with { Due = true };
        }
    }

    // A new run has all that is wanted from its start.
    private void ForgetChanges()
    {
        _troubles.Clear();
        _retry?.Dispose();
        _retry = null;
    }

    // Whatever was just ended may have made a disk that was removed meanwhile.
    private void RemoveDisks()
    {
        try
        {
            MachineFiles.RemoveDisks(_paths, _record.Order.RemovedDisks);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogSaveFailed(Uid, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "machine {Uid}: done: {What}")]
    private partial void LogChanged(string uid, string what);

    [LoggerMessage(LogLevel.Warning, "machine {Uid}: {What} failed: {Why}")]
    private partial void LogChangeFailed(string uid, string what, string why);
}
