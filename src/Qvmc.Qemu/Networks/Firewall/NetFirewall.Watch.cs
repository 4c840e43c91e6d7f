using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Firewall;

// Listening to who changes our rules.
public sealed partial class NetFirewall
{
    // How long our own change may take to be heard, before another is made to see whether the listener listens.
    private static readonly TimeSpan EchoLimit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1), LongestDelay = TimeSpan.FromSeconds(30);

    // Somebody who changes our rules again as soon as they are put back is not followed for ever at full speed.
    private static readonly TimeSpan StrifePeriod = TimeSpan.FromMinutes(1);
    private const int StrifeChanges = 5;

    private readonly Lock _echoes = new();
    private readonly HashSet<uint> _issued = [];
    private readonly Queue<long> _changes = [];
    private readonly SemaphoreSlim _lifecycle = new(1, 1);
    private readonly Channel<string> _foreign = Channel.CreateBounded<string>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private TaskCompletionSource _heard = NewSignal();
    private TaskCompletionSource _listening = NewSignal();
    private CancellationTokenSource? _watch;
    private Task _watching = Task.CompletedTask;
    private volatile string? _deafness, _strife;
    private uint _whole;
    private bool _started;

    /// <summary>Allows watching, which begins with the first network. Until then there is nothing of ours, and no child.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        _started = true;
        await _gate.WaitAsync(ct);
        var needed = !_model.Networks.IsEmpty;
        _gate.Release();
        await WatchWhileNeededAsync(needed);
    }

    /// <summary>Completes when no change by others can be missed any more.</summary>
    internal Task Listening => _listening.Task;

    private async Task WatchWhileNeededAsync(bool needed)
    {
        await _lifecycle.WaitAsync(CancellationToken.None);
        try
        {
            if (needed && _started && _watch is null)
            {
                _watch = new CancellationTokenSource();
                _watching = Task.WhenAll(WatchAsync(_watch.Token), PutBackAsync(_watch.Token));
            }
            else if (!needed && _watch is not null)
            {
                await _watch.CancelAsync();
                await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _watch.Dispose();
                (_watch, _listening, _deafness, _strife) = (null, NewSignal(), null, null);
            }
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    private async Task WatchAsync(CancellationToken ct)
    {
        for (var delay = FirstDelay; ; delay = Min(delay * 2, LongestDelay))
        {
            var began = _time.GetTimestamp();
            var end = await ListenAsync(ct);
            ct.ThrowIfCancellationRequested();
            _deafness = $"nft monitor {end}: until it runs again, nobody puts the firewall's rules back when somebody else removes them";
            LogDeaf(end);
            delay = _time.GetElapsedTime(began) > LongestDelay ? FirstDelay : delay;
            await Task.Delay(delay, _time, ct);
        }
    }

    // Until the listener ends; answers how it did.
    private async Task<string> ListenAsync(CancellationToken ct)
    {
        Process process;
        try
        {
            await ForgetIssuedAsync(ct);
            process = _nft.Monitor();
        }
        catch (FaultException fault)
        {
            return fault.Message;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using (process)
        {
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var proof = ProveAsync(ended.Token);
            try
            {
                var events = new NftEvents();
                while (await process.StandardOutput.ReadLineAsync(ct) is { } line)
                {
                    if (events.Read(line) is { TouchesOurs: true } change && !IsOurs(change))
                    {
                        _foreign.Writer.TryWrite(change.By);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }

            await ended.CancelAsync();
            await proof.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await process.WaitForExitAsync(CancellationToken.None);
            return $"ended with {process.ExitCode}: {(await errors).Trim()}";
        }
    }

    // What changed before it listened is not told. So all is set once more, until that is heard.
    private async Task ProveAsync(CancellationToken ct)
    {
        while (true)
        {
            Task heard;
            lock (_echoes)
            {
                _heard = NewSignal();
                heard = _heard.Task;
            }

            if (await TryReapplyAsync(ct))
            {
                try
                {
                    await heard.WaitAsync(EchoLimit, _time, ct);
                    _deafness = null;
                    _listening.TrySetResult();
                    return;
                }
                catch (TimeoutException)
                {
                    continue;
                }
            }

            await Task.Delay(FirstDelay, _time, ct);
        }
    }

    // Apart from the listener, which must go on reading: what is told meanwhile is one more change at most.
    private async Task PutBackAsync(CancellationToken ct)
    {
        await foreach (var by in _foreign.Reader.ReadAllAsync(ct))
        {
            LogChanged(by);
            var isStrife = IsStrife();
            _strife = isStrife ? $"{by} keeps changing the rules of table qvmc; let it leave that table alone, for they are put back each time" : null;
            for (var delay = isStrife ? LongestDelay : TimeSpan.Zero; ; delay = FirstDelay)
            {
                await Task.Delay(delay, _time, ct);
                if (await TryReapplyAsync(ct))
                {
                    FirewallMetrics.Reapplied.Add(1);
                    break;
                }
            }
        }
    }

    private bool IsStrife()
    {
        var now = _time.GetTimestamp();
        _changes.Enqueue(now);
        while (_time.GetElapsedTime(_changes.Peek(), now) > StrifePeriod)
        {
            _changes.Dequeue();
        }

        return _changes.Count > StrifeChanges;
    }

    private async Task<bool> TryReapplyAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            await ApplyAsync(_model);
            return true;
        }
        catch (FaultException fault)
        {
            LogNotPutBack(fault.Message);
            return false;
        }
        finally
        {
            _gate.Release();
        }
    }

    private uint Issue(bool isWhole = false)
    {
        lock (_echoes)
        {
            _issued.Add(++_revision);
            _whole = isWhole ? _revision : _whole;
            return _revision;
        }
    }

    // Nobody listened: they will never be heard. Under the gate, so that none is on its way.
    private async Task ForgetIssuedAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        lock (_echoes)
        {
            _issued.Clear();
        }

        _gate.Release();
    }

    private bool IsOurs(NftTransaction change)
    {
        lock (_echoes)
        {
            // Each once: who restores rules that were saved restores a number of ours with them.
            var isOurs = change.Revisions.Count == 1 && _issued.Remove(change.Revisions[0]);
            if (isOurs && change.Revisions[0] == _whole)
            {
                _heard.TrySetResult();
            }

            return isOurs;
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Warning, "the firewall's rules were changed by {By}; they are put back")]
    private partial void LogChanged(string by);

    [LoggerMessage(LogLevel.Error, "the firewall's rules could not be put back: {Words}")]
    private partial void LogNotPutBack(string words);

    [LoggerMessage(LogLevel.Error, "nft monitor {End}; it is started again")]
    private partial void LogDeaf(string end);
}
