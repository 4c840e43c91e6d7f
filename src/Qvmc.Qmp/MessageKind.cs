namespace Qvmc.Qmp;

/// <summary>What <see cref="MessageReader"/> can find.</summary>
internal enum MessageKind
{
    /// <summary>A JSON object.</summary>
    Message,

    /// <summary>A line that is no message. The reader can go on behind it.</summary>
    Violation,

    /// <summary>The peer closed, perhaps in the middle of a line.</summary>
    End,
}
