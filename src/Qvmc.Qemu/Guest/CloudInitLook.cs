using Qvmc.Core.Instances;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Guest;

/// <summary>
/// Looks through a guest's agent at what cloud-init writes to /run/cloud-init, which is new with every boot: a status as
/// it goes along, and a result when it has ended. Where nothing changes for a while, systemd is asked whether there is
/// still somebody who will write one.
/// </summary>
internal sealed class CloudInitLook(QgaSession agent, TimeProvider time)
{
    private const string Directory = "/run/cloud-init";

    // The agent's name for the guests that /run is not known to.
    private const string Windows = "mswindows";

    // Systemd's generator makes the directory before anything is started. Without systemd, an agent may be there earlier
    // than cloud-init.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    // A stage may take as long as packages take to come: only how often systemd is asked depends on it.
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly GuestFileReader _files = new(agent);
    private readonly long _began = time.GetTimestamp();
    private byte[] _status = [];
    private long _changed = time.GetTimestamp();
    private long _asked = time.GetTimestamp();
    private string _trouble = "";

    /// <summary>What is so now; null while it is too early to say that there is none.</summary>
    /// <param name="osId">The guest's operating system, as the agent says.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="QgaTimeoutException">The agent does not answer.</exception>
    /// <exception cref="QgaDisconnectedException">The connection has ended.</exception>
    internal async Task<CloudInitReport?> NowAsync(string osId, CancellationToken ct)
    {
        try
        {
            return osId == Windows ? NotFound : await LookAsync(ct);
        }
        catch (Exception e) when (e is QgaCommandException or QgaProtocolException)
        {
            return new CloudInitReport(CloudInitReasons.Unreadable, CloudInitText.Clean(e.Message, CloudInitText.MaxMessage));
        }
    }

    private static CloudInitReport NotFound => new(CloudInitReasons.NotFound, "");

    private async Task<CloudInitReport?> LookAsync(CancellationToken ct)
    {
        // A file that is being written anew is empty for a moment.
        var result = await FileAsync("result.json", ct);
        if (result.Trouble is { } trouble)
        {
            return new CloudInitReport(CloudInitReasons.Unreadable, CloudInitText.Clean(trouble, CloudInitText.MaxMessage));
        }

        var status = await FileAsync("status.json", ct);
        if (result.Bytes.Length > 0)
        {
            return CloudInitFiles.Ended(result.Bytes, status.Bytes);
        }

        if (result.IsThere || status.IsThere)
        {
            return await GoesOnAsync(CloudInitFiles.Working(status.Bytes), status.Bytes, ct);
        }

        if ((await FileAsync("disabled", ct)).IsThere)
        {
            return new CloudInitReport(CloudInitReasons.Disabled, "");
        }

        if ((await _files.ReadAsync(Directory, 1, ct)).IsThere)
        {
            return await GoesOnAsync(new CloudInitReport(CloudInitReasons.Running, "not begun"), [], ct);
        }

        return time.GetElapsedTime(_began) < Grace ? null : NotFound;
    }

    // By its files it works. One that was killed looks the same.
    private async Task<CloudInitReport> GoesOnAsync(CloudInitReport report, byte[] status, CancellationToken ct)
    {
        if (!status.AsSpan().SequenceEqual(_status))
        {
            _status = status;
            _changed = _asked = time.GetTimestamp();
            return report;
        }

        if (time.GetElapsedTime(_asked) >= AskAgain)
        {
            _asked = time.GetTimestamp();
            (var unit, _trouble) = await CloudInitUnit.AskAsync(agent, ct);
            if (unit?.Over is { } over)
            {
                // It may have come to its end between the two questions.
                var result = await FileAsync("result.json", ct);
                return result.Bytes.Length > 0
                    ? CloudInitFiles.Ended(result.Bytes, (await FileAsync("status.json", ct)).Bytes)
                    : new CloudInitReport(CloudInitReasons.Error, $"{report.Message}: {over}, and left no result");
            }
        }

        return _trouble.Length > 0 && time.GetElapsedTime(_changed) >= Long
            ? report with { Message = CloudInitText.Clean($"{report.Message}, unchanged for {Long.TotalMinutes:0} minutes or more; systemd can't be asked whether it still runs: {_trouble}", CloudInitText.MaxMessage) }
            : report;
    }

    private Task<GuestFile> FileAsync(string name, CancellationToken ct) => _files.ReadAsync($"{Directory}/{name}", CloudInitFiles.MaxBytes + 1, ct);
}
