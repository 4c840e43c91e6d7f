using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Controller.Watch;

/// <summary>A change of an instance.</summary>
/// <param name="Sequence">Its place in the journal, from 1.</param>
/// <param name="Type">CHANGED or DELETED.</param>
/// <param name="Instance">As it is now, or last was.</param>
/// <param name="Before">As it was; null when it is new.</param>
/// <param name="Time">When.</param>
internal sealed record InstanceEvent(long Sequence, WatchEventType Type, Instance Instance, Instance? Before, Timestamp Time);
