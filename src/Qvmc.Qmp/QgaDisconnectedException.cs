namespace Qvmc.Qmp;

/// <summary>There is no connection to the agent's socket (any more): connect again.</summary>
public sealed class QgaDisconnectedException : QgaException
{
    internal QgaDisconnectedException(string command, bool wasSent, string reason, Exception? inner = null)
        : base(command, command.Length == 0 ? reason : $"guest agent command {command} {(wasSent ? "was sent but had no reply" : "was not sent")}: {reason}", inner) =>
        WasSent = wasSent;

    /// <summary>Whether the agent may have received it, and so may have done it.</summary>
    public bool WasSent { get; }
}
