using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Images;
using Qvmc.Controller.Records;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Faults;

namespace Qvmc.Controller.Pulls;

// One pull from its start to its end.
internal sealed partial class ImagePulls
{
    private async Task RunAsync(PullRun run, PullState pull)
    {
        FaultException? fault = null;
        var cut = false;
        try
        {
            await _slots.WaitAsync(run.Stop);
            try
            {
                await work.RunAsync(pull, run.Stop);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (Exception e) when (run.Stop.IsCancellationRequested && e is not FaultException { Code: FaultCode.InvalidArgument })
        {
            cut = true;
        }
        catch (FaultException e)
        {
            fault = e;
        }
        catch (IOException e) when (KernelFaults.Of(e) is { } refused)
        {
            fault = refused;
        }
        catch (Exception e)
        {
            Defect(e, pull.Record.Name, pull.Record.Id);
            fault = new FaultException(FaultCode.Internal, "the controller failed; its log says more", inner: e);
        }

        await EndAsync(run, pull, fault, cut);
    }

    private async Task EndAsync(PullRun run, PullState pull, FaultException? fault, bool cut)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            if (!cut)
            {
                await StoreEndAsync(pull, fault);
            }
        }
        catch (Exception e)
        {
            // The record still says that it goes on, and so it does after a restart, to the same end.
            NotStored(e, pull.Record.Name, pull.Record.Id);
            images.SetPull(pull.Record.Name, fault is null ? null : Failed(pull, fault, pull.Revision));
        }
        finally
        {
            _runs.TryRemove(pull.Record.Name, out _);
            _turn.Release();
        }

        // Whoever waits when the controller stops is told that by his own limit.
        if (!cut || run.IsCancelled)
        {
            run.SetEnded(cut ? new FaultException(FaultCode.FailedPrecondition, "the pull was cancelled") : fault);
        }

        run.Dispose();
    }

    private async Task StoreEndAsync(PullState pull, FaultException? fault)
    {
        var key = RecordKeys.Pull(pull.Record.Name);
        if (fault is null)
        {
            await store.DeleteAsync(key, pull.Revision, CancellationToken.None);
            FaultPoint.Reach(FaultStep.PullForgotten);
            images.SetPull(pull.Record.Name, null);
            Done(pull.Record.Name, pull.Record.Id);
            return;
        }

        GivenUp(pull.Record.Name, pull.Record.Id, fault.Message);
        var failed = Failed(pull, fault, pull.Revision);
        if (await store.PutAsync(key, failed.Record.ToByteArray(), pull.Revision, CancellationToken.None) is { } entry)
        {
            images.SetPull(pull.Record.Name, failed with { Revision = entry.Revision });
        }
    }

    private static PullState Failed(PullState pull, FaultException fault, long revision)
    {
        var record = pull.Record.Clone();
        record.Error = fault.Message.Length > 0 ? fault.Message : fault.Code.ToString();
        return new PullState(record, revision);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "pull of {Name} ({Id}): done")]
    private partial void Done(string name, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "pull of {Name} ({Id}): given up: {Reason}")]
    private partial void GivenUp(string name, string id, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "pull of {Name} ({Id}) failed")]
    private partial void Defect(Exception e, string name, string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "how the pull of {Name} ({Id}) ended could not be stored")]
    private partial void NotStored(Exception e, string name, string id);
}
