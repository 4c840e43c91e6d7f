namespace Qvmc.Qmp;

/// <summary>The ways a session can end.</summary>
public enum QmpClosedReason
{
    /// <summary>QEMU closed the connection; mostly because it exited.</summary>
    PeerClosed,

    /// <summary>QEMU sent what the protocol doesn't allow, or more than the limits do.</summary>
    ProtocolViolation,

    /// <summary>More events came than their reader took.</summary>
    EventOverflow,

    /// <summary>The session was disposed.</summary>
    Disposed,

    /// <summary>The connection failed.</summary>
    IoError,
}
