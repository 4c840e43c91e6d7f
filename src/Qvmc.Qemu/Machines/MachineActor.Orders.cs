using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Machines;

// What controllers want: orders and removal.
internal sealed partial class MachineActor
{
    private bool _removed;
    private bool _removalFailed;

    private void OnOrdered(MachineMessage.Ordered m)
    {
        var (order, current) = (m.Order, _record.Order);
        if (_record.Removing)
        {
            m.Answer.SetException(Gone());
            return;
        }

        if (order.Generation < current.Generation)
        {
            m.Answer.SetException(new FaultException(
                FaultCode.Stale, $"machine {Uid} has seen generation {current.Generation}; an order of generation {order.Generation} is older"));
            return;
        }

        if (!order.Equals(current))
        {
            var next = _record.Clone();
            next.Order = order;
            if (_session is { Processors: Processors.Running } && next.Run is { } run)
            {
                // It goes on already.
                run.Resumed = order.Resume;
            }

            var before = _record;
            _record = next;
            NoteStop();
            if (TrySave() is { } fault)
            {
                m.Answer.SetException(fault);

                // What is only to end can be obeyed without a record: nobody has to wait for room to stop a machine.
                if (order.Spec.Power == PowerState.Stopped)
                {
                    Hasten(order);
                    Advance();
                }
                else
                {
                    _record = before;
                }

                return;
            }

            Hasten(order);
            LetCome(current.Boot, order.Boot);
            RetryChanges();
            RemoveDisks();
        }

        if (!_reserved || !order.Equals(current))
        {
            Reserve(current, order);
        }

        FaultPoint.Reach(FaultStep.OrderRecorded);
        Advance();
        m.Answer.SetResult(Now());
    }

    // A stop in hand may get less time, never more.
    private void Hasten(MachineOrder order)
    {
        if (order.Spec.Power == PowerState.Stopped && order.Stop?.Grace is { } grace)
        {
            _stopping?.Shorten(grace.ToTimeSpan());
        }
    }

    private void OnRemovalOrdered(MachineMessage.RemovalOrdered m)
    {
        if (_removed)
        {
            m.Answer.SetResult();
            return;
        }

        var up = _session is not null || _doing is Doing.Starting;
        if (up && !m.Force && !_record.Removing)
        {
            m.Answer.SetException(new FaultException(FaultCode.FailedPrecondition, $"machine {Uid} runs: stop it first, or force the removal"));
            return;
        }

        _removalWaits.Add(m.Answer);
        _removeByForce |= m.Force;
        _removalFailed = false;
        if (!_record.Removing)
        {
            _record.Removing = true;
            NoteStop();
            Save();
            FaultPoint.Pass(FaultStep.RemovalRecorded);
        }
    }

    private void BeginRemoval()
    {
        _doing = Doing.Removing;
        _stage = Stage.Cleanup;
        WithdrawLeases();
        _ = RemoveFilesAsync(_leasesReturned.Task);
    }

    private async Task RemoveFilesAsync(Task leasesReturned)
    {
        await Task.Yield();
        try
        {
            await leasesReturned;
            await _reserving;
            await _host.Networks.ForgetAsync(_record.Order);
            FaultPoint.Reach(FaultStep.NetworksForgotten);
            _console.Dispose();
            MachineFiles.Remove(_paths);
            Post(new MachineMessage.Removed(null));
        }
        catch (Exception e)
        {
            Post(new MachineMessage.Removed(e));
        }
    }

    private void OnRemoved(MachineMessage.Removed m)
    {
        if (m.Cause is { } cause)
        {
            // Left as it is, marked for removal: asked for again, or at the daemon's next start, it is tried again.
            _doing = Doing.Nothing;
            _removalWaits.ForEach(w => w.TrySetException(new FaultException(FaultCode.Unavailable, $"machine {Uid} could not be removed: {cause.Message}", inner: cause)));
            _removalWaits.Clear();
            _removalFailed = true;
            return;
        }

        _removed = true;
        StopTimers();
        _host.Feed.PublishRemoved(Uid);
        LogTransition(Uid, _record.Order.Name, _record.Order.Generation, State.Stopped, State.Unspecified, "Removed");
        _mailbox.Writer.TryComplete();
        _removalWaits.ForEach(w => w.TrySetResult());
        _endWaits.ForEach(w => w.TrySetResult());
    }
}
