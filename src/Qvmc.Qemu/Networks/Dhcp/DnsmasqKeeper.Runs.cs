using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Dhcp;

// One run after the other. All that changes anything holds the gate.
internal sealed partial class DnsmasqKeeper
{
    private async Task BeginOrRetryAsync(CancellationToken ct)
    {
        try
        {
            await BeginAsync(ct);
        }
        catch (FaultException)
        {
            if (!_retries)
            {
                _retries = true;
                _ = RetryAsync();
            }

            throw;
        }
    }

    private async Task BeginAsync(CancellationToken ct)
    {
        DnsmasqProcess process;
        var reads = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var unreadable = "";
        void Look(string line)
        {
            if (HasRead(line))
            {
                reads.TrySetResult();
            }
            else if (line.Contains("cannot read ", StringComparison.Ordinal) || line.Contains("failed to load names", StringComparison.Ordinal))
            {
                unreadable = line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..];
                reads.TrySetResult();
            }
        }

        log.Line += Look;
        try
        {
            _isStale = false;
            prepare();
            log.Begin();
            process = DnsmasqProcess.Start(_wanted!, paths, time.GetUtcNow());
            var exited = process.Handle.Exited;
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var limit = Task.Delay(StartLimit, time, enough.Token);
            await Task.WhenAny(exited, reads.Task, limit);
            var hasComeUp = reads.Task.IsCompleted;
            await enough.CancelAsync();
            if (exited.IsCompleted)
            {
                process.Handle.Dispose();
                throw Failed($"{await exited}: {Advise(log.LastWords())}");
            }

            // Also when nobody waits any more: it runs.
            Follow(process);
            if (_isStale)
            {
                // Files were changed while it was reading them.
                process.Handle.Signal(SigHup);
            }

            ct.ThrowIfCancellationRequested();
            if (unreadable.Length > 0)
            {
                await EndAsync(CancellationToken.None);
                throw Failed($"the user that it runs as may not read its files: {unreadable}; let others pass the directories above them (chmod o+x)");
            }

            LogStarted(process.Handle.Identity.Pid, paths.Directory, hasComeUp ? "" : ", but has not said so");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e.Message);
        }
        finally
        {
            log.Line -= Look;
        }
    }

    // The last of its files that it reads.
    private bool HasRead(string line) => line.EndsWith($": read {paths.Reservations}", StringComparison.Ordinal);

    private FaultException Failed(string why)
    {
        LastEnd = why;
        LogFailed(paths.Directory, why);
        return new FaultException(FaultCode.FailedPrecondition, $"the DHCP and DNS server (dnsmasq) does not start: {why}");
    }

    private static string Advise(string words) => !words.Contains("Address already in use", StringComparison.Ordinal) ? words
        : words.Contains("DHCP", StringComparison.Ordinal)
            ? $"{words}; another DHCP server listens on port 67 of every interface (ss -lunp 'sport = :67' shows it): bind it to its own"
            : $"{words}; another DNS server listens on port 53 of every address (ss -lntup 'sport = :53' shows it): bind it to its own "
                + "(dnsmasq: bind-interfaces, BIND: listen-on, unbound: interface)";

    private void Follow(DnsmasqProcess process)
    {
        _running = process;
        _since = time.GetTimestamp();
        _ = AwaitEndAsync(process);
    }

    private async Task EndAsync(CancellationToken ct)
    {
        if (_running is not { } process)
        {
            return;
        }

        process.Handle.Signal(SigTerm);
        try
        {
            await process.Handle.Exited.WaitAsync(StopLimit, time, ct);
        }
        catch (TimeoutException)
        {
            process.Handle.Kill();
            await process.Handle.Exited.WaitAsync(StopLimit, time, ct);
        }

        _running = null;
        process.Handle.Dispose();
        File.Delete(paths.Process);
    }

    private async Task AwaitEndAsync(DnsmasqProcess process)
    {
        try
        {
            var status = await process.Handle.Exited.WaitAsync(_disposed.Token);
            await _gate.WaitAsync(_disposed.Token);
            try
            {
                // Ended by us: whoever did that looks after what is next.
                if (_running != process)
                {
                    return;
                }

                _running = null;
                process.Handle.Dispose();
                var words = log.LastWords();
                LastEnd = words.Length > 0 ? $"{status}: {words}" : status.ToString();
                LogEnded(process.Handle.Identity.Pid, paths.Directory, LastEnd);
                _delay = time.GetElapsedTime(_since) > Settled ? FirstDelay : _delay;
                if (_retries)
                {
                    return;
                }

                _retries = true;
            }
            finally
            {
                _gate.Release();
            }

            await RetryAsync();
        }
        catch (OperationCanceledException)
        {
            // Let go of.
        }
    }

    private async Task RetryAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(_delay, time, _disposed.Token);
                await _gate.WaitAsync(_disposed.Token);
                try
                {
                    if (_wanted is null || _running is not null)
                    {
                        _retries = false;
                        return;
                    }

                    _delay = _delay * 2 < LongestDelay ? _delay * 2 : LongestDelay;
                    await BeginAsync(_disposed.Token);
                    Restarts++;
                    _retries = false;
                    return;
                }
                catch (FaultException)
                {
                    // Logged, and shown by LastEnd.
                }
                finally
                {
                    _gate.Release();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Let go of.
        }
    }

    [LoggerMessage(LogLevel.Information, "dnsmasq {Pid} of {Directory} was found running")]
    private partial void LogAdopted(int pid, string directory);

    [LoggerMessage(LogLevel.Information, "dnsmasq {Pid} of {Directory} runs with other settings; it is replaced")]
    private partial void LogReplaced(int pid, string directory);

    [LoggerMessage(LogLevel.Information, "dnsmasq {Pid} of {Directory} has come up{But}")]
    private partial void LogStarted(int pid, string directory, string but);

    [LoggerMessage(LogLevel.Warning, "dnsmasq {Pid} of {Directory} ended by itself: {Why}")]
    private partial void LogEnded(int pid, string directory, string why);

    [LoggerMessage(LogLevel.Warning, "dnsmasq of {Directory} does not start: {Why}")]
    private partial void LogFailed(string directory, string why);
}
