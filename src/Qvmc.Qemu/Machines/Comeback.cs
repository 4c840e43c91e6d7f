using Google.Protobuf.WellKnownTypes;
using Qvmc.Os.Processes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// Which machines come back after a restart of the host, and in which order: those of a lower number first, those of one
/// number together. The next have their turn when each of them runs, or has failed, or can't be waited for any longer, and
/// the delays that they ask for are over.
/// </summary>
/// <remarks>
/// A machine comes back by the start that its record already wants, made again under its number, so neither a controller nor
/// a memory of this is needed: until it has begun, a daemon that starts finds the same.
/// </remarks>
internal sealed class Comeback(TimeProvider time)
{
    // A machine that takes longer comes up in its own time.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Whether a record that the host's restart has left is one's that comes back.</summary>
    internal static bool IsDue(MachineRecord record) =>
        record is { Order.Spec: { Autostart: not null, Power: PowerState.Running or PowerState.Paused }, Removing: false, Run: { } run }
        && run.HostBootId != HostBoot.Id
        && run.Boot <= record.Order.Boot
        && (run.EndReason.Length > 0 ? run.EndReason : run.EndingReason) is not ("GuestShutdown" or MachineActor.DiskCorrupted);

    /// <summary>Takes the record back to before its start.</summary>
    internal static void Prepare(MachineRecord record) => record.Run.Boot = Math.Min(record.Run.Boot, record.Order.Boot - 1);

    /// <summary>Lets them come, in order. Ends early when asked to.</summary>
    internal async Task RunAsync(IEnumerable<MachineActor> machines, CancellationToken ct)
    {
        foreach (var group in machines.GroupBy(m => m.Autostart.Order).OrderBy(g => g.Key))
        {
            var delay = group.Max(m => Delay(m.Autostart.Delay));
            var begun = group.Select(m => m.ComeAsync()).ToList();
            try
            {
                await Task.WhenAll(begun).WaitAsync(Patience, time, ct);
            }
            catch (TimeoutException)
            {
                // The next ones need not suffer for it.
            }

            await Task.Delay(delay, time, ct);
        }
    }

    private static TimeSpan Delay(Duration? delay) => delay?.ToTimeSpan() ?? TimeSpan.Zero;
}
