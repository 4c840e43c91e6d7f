using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Images;
using Qvmc.Controller.Records;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Record.V1;
using Qvmc.Store;

namespace Qvmc.Controller.Pulls;

/// <summary>
/// The pulls: each is on record before anybody is told of it, and goes on from its record after a restart, until it has
/// ended well (then the record goes) or was given up (then the record says why). The only writer of pull records, one
/// write after another; at most one pull of a name.
/// </summary>
internal sealed partial class ImagePulls(
    IStore store, ImageTable images, PullWork work, ImageBounds bounds, TimeProvider time, ILogger<ImagePulls> log) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SemaphoreSlim _slots = new(bounds.ParallelPulls);
    private readonly ConcurrentDictionary<string, PullRun> _runs = new(StringComparer.Ordinal);
    private CancellationToken _stopping;

    /// <summary>Goes on with every pull that is on record and was not given up.</summary>
    public void Resume(CancellationToken stopping)
    {
        _stopping = stopping;
        foreach (var pull in images.Pulls.Values.Where(p => !p.HasFailed))
        {
            Resumed(pull.Record.Name, pull.Record.Id);
            Start(pull);
        }
    }

    /// <summary>Ends when no pull is under way any more.</summary>
    public Task StopAsync() => Task.WhenAll(_runs.Values.Select(r => r.Work));

    /// <summary>Whether a pull of a name is under way.</summary>
    public bool IsUnderWay(string name) => images.FindPull(name) is { HasFailed: false };

    /// <summary>Throws while a pull of a name is under way, whose bytes would get the name too.</summary>
    public void CheckFree(string name)
    {
        if (IsUnderWay(name))
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"image {Shown.Quote(name)} is being pulled: wait until that has ended, or delete the image, which cancels it");
        }
    }

    /// <summary>
    /// Begins a pull, or finds the one that is under way; when this returns it is on record. One from elsewhere under the
    /// same name is refused.
    /// </summary>
    public async Task<PullRun> BeginAsync(PullRecord wanted)
    {
        while (true)
        {
            PullRun? ending;
            await _turn.WaitAsync(CancellationToken.None);
            try
            {
                if (!_runs.TryGetValue(wanted.Name, out ending))
                {
                    return await StoreAsync(wanted);
                }

                if (!ending.IsCancelled)
                {
                    return PullRules.Serves(ending.Record, wanted) ? ending : throw Elsewhere(ending.Record);
                }
            }
            finally
            {
                _turn.Release();
            }

            await ending.Work;
        }
    }

    /// <summary>Sees to it that an image is here or is being pulled: the promise of a launch.</summary>
    public async Task NeedAsync(PullRecord wanted)
    {
        while (images.Find(wanted.Name) is null && !IsUnderWay(wanted.Name))
        {
            try
            {
                await BeginAsync(wanted);
            }
            catch (FaultException e) when (e.Code == FaultCode.FailedPrecondition && IsUnderWay(wanted.Name))
            {
                // Somebody pulls it from elsewhere: that name is what was asked for.
            }
        }
    }

    /// <summary>Ends a pull for good, and drops what came of it. One that ends by itself meanwhile has ended.</summary>
    public async Task CancelAsync(string name)
    {
        // With the turn: one that is just being begun has its work by then.
        await _turn.WaitAsync(CancellationToken.None);
        PullRun? run;
        try
        {
            run = _runs.GetValueOrDefault(name);
            run?.Cancel();
        }
        finally
        {
            _turn.Release();
        }

        await (run?.Work ?? Task.CompletedTask);

        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            if (!_runs.ContainsKey(name) && images.FindPull(name) is { } pull)
            {
                await store.DeleteAsync(RecordKeys.Pull(name), pull.Revision, CancellationToken.None);
                images.SetPull(name, null);
                work.Abandon(pull.Record.Id);
                Cancelled(name, pull.Record.Id);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Forgets a pull that was given up: the name has an image from elsewhere now.</summary>
    public Task ForgetFailedAsync(string name) => images.FindPull(name) is { HasFailed: true } ? CancelAsync(name) : Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        _turn.Dispose();
        _slots.Dispose();
    }

    // The caller has the turn.
    private async Task<PullRun> StoreAsync(PullRecord wanted)
    {
        var known = images.FindPull(wanted.Name);
        var record = wanted.Clone();
        record.CreateTime = time.GetUtcNow().ToTimestamp();
        record.Error = "";
        record.Id = known is not null && PullRules.AreSame(known.Record, wanted) ? known.Record.Id : Uid.Create();
        var entry = await store.PutAsync(RecordKeys.Pull(record.Name), record.ToByteArray(), known?.Revision ?? 0, CancellationToken.None)
            ?? throw new FaultException(FaultCode.Stale, $"the pull of image {Shown.Quote(record.Name)} was changed by somebody else: try again");
        FaultPoint.Pass(FaultStep.PullStored);
        var pull = new PullState(record, entry.Revision);
        images.SetPull(record.Name, pull);
        if (known is not null && known.Record.Id != record.Id)
        {
            work.Abandon(known.Record.Id);
        }

        Began(record.Name, record.Id, record.Urls[0]);
        return Start(pull);
    }

    private PullRun Start(PullState pull)
    {
        var run = new PullRun(pull.Record, _stopping);
        _runs[pull.Record.Name] = run;
        run.Work = Task.Run(() => RunAsync(run, pull), CancellationToken.None);
        return run;
    }

    private static FaultException Elsewhere(PullRecord underWay) => new(
        FaultCode.FailedPrecondition,
        $"image {Shown.Quote(underWay.Name)} is being pulled from {Shown.Quote(underWay.Urls[0])}: wait until that has ended, delete the image, which cancels it, or choose another name");

    [LoggerMessage(Level = LogLevel.Information, Message = "pull of {Name} ({Id}) from {Url}: begun")]
    private partial void Began(string name, string id, string url);

    [LoggerMessage(Level = LogLevel.Information, Message = "pull of {Name} ({Id}): goes on")]
    private partial void Resumed(string name, string id);

    [LoggerMessage(Level = LogLevel.Information, Message = "pull of {Name} ({Id}): cancelled")]
    private partial void Cancelled(string name, string id);
}
