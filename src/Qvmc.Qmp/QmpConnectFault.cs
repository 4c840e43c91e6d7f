namespace Qvmc.Qmp;

/// <summary>The ways a connection can fail to come about.</summary>
public enum QmpConnectFault
{
    /// <summary>There is no such socket, or nobody listens on it (yet, or any more).</summary>
    NotListening,

    /// <summary>We may not connect to it.</summary>
    Denied,

    /// <summary>Others wait to be served already: QEMU serves one client per monitor.</summary>
    Busy,

    /// <summary>
    /// The limit ran out. Either QEMU is stuck, or another client holds the monitor: QEMU greets the next one when
    /// that one has gone.
    /// </summary>
    Timeout,

    /// <summary>The connection ended before the session stood, for the reason in the message.</summary>
    Closed,

    /// <summary>QEMU refused the negotiation.</summary>
    Refused,
}
