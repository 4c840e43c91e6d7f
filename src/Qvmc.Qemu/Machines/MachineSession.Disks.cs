using System.Text.Json;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Machines;

// How the machine's disks are doing on the host, by QEMU's word.
internal sealed partial class MachineSession
{
    // A disk that fails can tell so a thousand times a second; it is asked for at most twice a second.
    private static readonly TimeSpan FailuresPause = TimeSpan.FromMilliseconds(500);

    private volatile IReadOnlyList<DiskFailures> _failures = [];
    private int _counting;

    /// <summary>Reads and writes that have failed on the host in this run; the guest was told of each.</summary>
    internal IReadOnlyList<DiskFailures> DiskFailures => _failures;

    private void CountFailuresSoon(QmpSession monitor)
    {
        if (Interlocked.Exchange(ref _counting, 1) == 0)
        {
            _ = CountAsync();
        }

        async Task CountAsync()
        {
            try
            {
                await Task.Delay(FailuresPause, _time, _end.Token);
                Volatile.Write(ref _counting, 0);
                await CountFailuresAsync(monitor, _end.Token);
                Tell();
            }
            catch (Exception e) when (e is QmpException or OperationCanceledException or ObjectDisposedException || IsNonsense(e))
            {
                // The next connection counts them.
                Volatile.Write(ref _counting, 0);
            }
        }
    }

    private async Task CountFailuresAsync(QmpSession monitor, CancellationToken ct)
    {
        try
        {
            _failures = Machines.DiskFailures.Of(await monitor.ExecuteAsync("query-blockstats", ct: ct));
        }
        catch (QmpCommandException e)
        {
            LogCommandFailed(Path.GetFileName(Paths.Directory), "query-blockstats", e.Message);
        }
    }

    // qapi/block-core.json: BlockDeviceIoStatus. QEMU refuses the question when it has given a damaged disk up.
    private async Task<bool> HasNoSpaceAsync(QmpSession monitor, CancellationToken ct)
    {
        try
        {
            return (await monitor.ExecuteAsync("query-block", ct: ct)).EnumerateArray()
                .Any(b => b.TryGetProperty("io-status", out var status) && status.ValueEquals("nospace"));
        }
        catch (QmpCommandException e)
        {
            LogCommandFailed(Path.GetFileName(Paths.Directory), "query-block", e.Message);
            return false;
        }
    }

    private static string Text(JsonElement data, string property) =>
        data.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
