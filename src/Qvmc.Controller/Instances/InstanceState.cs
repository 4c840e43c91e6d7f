using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Instances;

/// <summary>All that is known of one instance at one moment. Immutable, and so are the messages in it.</summary>
/// <param name="Record">As stored.</param>
/// <param name="Revision">The store's revision of it.</param>
/// <param name="Seen">What is known of its machine.</param>
/// <param name="Placed">Its host has confirmed the machine once.</param>
/// <param name="Removed">Its host has answered that the machine is gone.</param>
/// <param name="View">The instance as users see it.</param>
internal sealed record InstanceState(
    InstanceRecord Record, long Revision, Observation Seen, bool Placed, bool Removed, Instance View)
{
    public string Name => Record.Instance.Name;

    public string Uid => Record.Instance.Uid;

    public uint Generation => Record.Instance.Generation;

    /// <summary>Of one that is UNKNOWN: who does not answer.</summary>
    public string WhyUnknown => Seen.Host.Reachable ? "its QEMU does not answer" : Seen.Host.Message;

    /// <summary>A new record without anything known of its machine.</summary>
    public static InstanceState Of(InstanceRecord record, long revision, Observation seen, bool placed) =>
        new InstanceState(record, revision, seen, placed, Removed: false, record.Instance).WithView();

    /// <summary>The same with the view composed anew.</summary>
    public InstanceState WithView() => this with { View = StatusView.Instance(Record, Etag.Of(Revision), Seen) };
}
