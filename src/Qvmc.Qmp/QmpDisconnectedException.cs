namespace Qvmc.Qmp;

/// <summary>The session ended before a command's reply.</summary>
public sealed class QmpDisconnectedException : QmpException
{
    internal QmpDisconnectedException(string command, bool wasSent, QmpClosed closed)
        : base($"QMP command {command} {(wasSent ? "was sent but had no reply" : "was not sent")}: {closed.Message}", closed.Cause)
    {
        Command = command;
        WasSent = wasSent;
        Closed = closed;
    }

    /// <summary>The command.</summary>
    public string Command { get; }

    /// <summary>Whether QEMU may have received it, and so may have done it.</summary>
    public bool WasSent { get; }

    /// <summary>Why the session ended.</summary>
    public QmpClosed Closed { get; }
}
