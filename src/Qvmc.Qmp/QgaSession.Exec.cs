using System.Text.Json.Nodes;

namespace Qvmc.Qmp;

public sealed partial class QgaSession
{
    /// <summary>Longest standard input for a program, in bytes: in base64 it has to fit the 64 MiB of the agent's parser.</summary>
    public const int MaxStdinBytes = 32 * 1024 * 1024;

    // The agent tells nothing unasked, so its programs' ends have to be asked for: soon at first, seldom later.
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs a program in the guest, as the agent's user, and waits for its end.</summary>
    /// <param name="path">The program; looked for in the agent's PATH. No shell.</param>
    /// <param name="arguments">Its arguments, without its own name.</param>
    /// <param name="environment">Its whole environment as <c>KEY=value</c>; null or empty for the agent's own.</param>
    /// <param name="stdin">Its standard input, at most <see cref="MaxStdinBytes"/>.</param>
    /// <param name="limit">For everything; null for <see cref="QgaOptions.ExecLimit"/>.</param>
    /// <param name="ct">Gives up waiting. The program runs on.</param>
    /// <exception cref="QgaCommandException">The agent can't run it, or may not.</exception>
    /// <exception cref="QgaTimeoutException">It had not ended in time, or the agent did not answer. The program runs on.</exception>
    /// <exception cref="QgaProtocolException">The guest's answer can't be used.</exception>
    /// <exception cref="QgaDisconnectedException">The connection has ended.</exception>
    public async Task<QgaExecResult> ExecAsync(
        string path, IReadOnlyList<string>? arguments = null, IReadOnlyList<string>? environment = null,
        ReadOnlyMemory<byte> stdin = default, TimeSpan? limit = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stdin.Length, MaxStdinBytes);
        var time = limit ?? _options.ExecLimit;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, nameof(limit));
        var clock = _options.TimeProvider;
        var started = clock.GetTimestamp();
        var begun = new QgaReply("guest-exec", await ExecuteAsync(
            "guest-exec", ExecArguments(path, arguments, environment, stdin.Span), Shorter(time, _options.CommandLimit), ct).ConfigureAwait(false));
        var pid = begun.Integer("pid", 1, long.MaxValue);
        for (var pause = s_firstPause; ; pause = Shorter(pause * 2, s_longestPause))
        {
            var left = time - clock.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                throw QgaTimeoutException.OfProgram(path, pid, time);
            }
            QgaReply status;
            try
            {
                status = await StatusAsync(pid, Shorter(left, _options.CommandLimit), ct).ConfigureAwait(false);
            }
            catch (QgaTimeoutException) when (clock.GetElapsedTime(started) >= time)
            {
                // The program's own time ran out while its state was asked for.
                throw QgaTimeoutException.OfProgram(path, pid, time);
            }
            if (status.Flag("exited"))
            {
                return Result(status);
            }
            await Task.Delay(Shorter(pause, left), clock, ct).ConfigureAwait(false);
        }
    }

    private async Task<QgaReply> StatusAsync(long pid, TimeSpan limit, CancellationToken ct)
    {
        const string command = "guest-exec-status";
        return new(command, await ExecuteAsync(command, new JsonObject { ["pid"] = pid }, limit, ct).ConfigureAwait(false));
    }

    private static JsonObject ExecArguments(string path, IReadOnlyList<string>? arguments, IReadOnlyList<string>? environment, ReadOnlySpan<byte> stdin)
    {
        var json = new JsonObject { ["path"] = path, ["capture-output"] = true };
        if (arguments is { Count: > 0 })
        {
            json["arg"] = Texts(arguments);
        }
        if (environment is { Count: > 0 })
        {
            json["env"] = Texts(environment);
        }
        if (!stdin.IsEmpty)
        {
            json["input-data"] = Convert.ToBase64String(stdin);
        }
        return json;
    }

    private static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static QgaExecResult Result(QgaReply status)
    {
        // Codes are 32 bits; Windows gives some of them without a sign.
        var code = status.OptionalInteger("exitcode", int.MinValue, uint.MaxValue);
        var signal = status.OptionalInteger("signal", int.MinValue, uint.MaxValue);
        if (code is null && signal is null)
        {
            throw status.Fault("a program has ended with neither exitcode nor signal");
        }
        return new QgaExecResult(
            unchecked((int?)code), unchecked((int?)signal), status.Bytes("out-data"), status.Bytes("err-data"),
            status.Flag("out-truncated") || status.Flag("err-truncated"));
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
