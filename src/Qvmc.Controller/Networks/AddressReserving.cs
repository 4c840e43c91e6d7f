using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Instances;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Core.Networks;

namespace Qvmc.Controller.Networks;

/// <summary>Reserves the addresses of instances that were launched before anything was known of their host's networks.</summary>
internal sealed partial class AddressReserving(HostClaims claims, TimeProvider time, ILogger<AddressReserving> log)
{
    /// <summary>Reserves what an instance lacks; returns why it can't have that, or null.</summary>
    public async Task<OrderTrouble?> ReserveAsync(InstanceState state)
    {
        try
        {
            var (after, changed) = await claims.ChangeAsync(state.Name, "", (s, held) =>
                s.Uid == state.Uid && Plan.Next(s.Record, s.Seen, s.Removed) == PlanStep.ReserveAddresses
                    ? Desire.ReserveAddresses(s.Record, s.Seen, held)
                    : null);
            if (changed)
            {
                Reserved(after.Name, after.Uid, string.Join(", ", after.Record.NicAddresses.Select(a => a.Ipv4)));
            }

            return null;
        }
        catch (FaultException e) when (e.Code is FaultCode.ResourceExhausted or FaultCode.FailedPrecondition)
        {
            var reason = e.Code == FaultCode.ResourceExhausted ? NicReservations.Exhausted : NicReservations.Refused;
            return new OrderTrouble(state.Generation, Refused: true, reason, e.Message, time.GetUtcNow().ToTimestamp());
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Name} ({Uid}): reserved {Addresses}")]
    private partial void Reserved(string name, string uid, string addresses);
}
