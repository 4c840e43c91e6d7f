using Google.Protobuf.WellKnownTypes;

namespace Qvmc.Core.Instances;

/// <summary>Why an order has not reached its host.</summary>
/// <param name="Generation">The order's.</param>
/// <param name="Refused">The host refused it: the order is at fault. False: it may get through as it is.</param>
/// <param name="Reason">As a CamelCase word.</param>
/// <param name="Message">As a sentence.</param>
/// <param name="Time">When.</param>
public sealed record OrderTrouble(uint Generation, bool Refused, string Reason, string Message, Timestamp Time);
